// The list of documents that are sent and read: a line for each with its progress, its state and a button.

const TICK_MILLISECONDS = 100;
const SHORT_CHARACTERS = 16; // Of a state that stands beside its progress; a longer one stands below.

/** A line of the list. `act` is called when its button is pressed: to cancel while it runs, to try again after. */
export function line(list, name, act) {
  const item = document.createElement("li");
  const title = part(item, "span", "clip");
  const bar = part(item, "progress");
  const state = part(item, "span", "state");
  const button = part(item, "button", "button button-quiet button-small");
  title.textContent = name;
  bar.setAttribute("aria-label", name);
  button.type = "button";
  button.addEventListener("click", act);
  list.append(item);
  let timer = 0;

  function show(word, { value, isRunning = false, canAct = true, isFailed = false, reason = "" } = {}) {
    clearInterval(timer);
    state.textContent = reason || list.dataset[`text${word}`];
    state.classList.toggle("is-long", state.textContent.length > SHORT_CHARACTERS);
    item.classList.toggle("is-failed", isFailed);
    if (value === undefined) bar.removeAttribute("value");
    else bar.value = value;
    button.hidden = !canAct;
    button.textContent = isRunning ? list.dataset.textCancel : list.dataset.textAgain;
    button.setAttribute("aria-label", `${button.textContent}: ${name}`);
    if (isRunning && value === undefined) timer = clock(state);
  }

  return {
    waits: () => show("Waits", { value: 0, isRunning: true }),
    sends: (share) => (share < 1 ? show("Sends", { value: share, isRunning: true }) : show("Reads", { isRunning: true })),
    isDone: () => show("Done", { value: 1, canAct: false }),
    hasFailed: (reason) => show("Failed", { value: 0, isFailed: true, reason }),
    isCancelled: () => show("Cancelled", { value: 0 }),
  };
}

function part(item, tag, className = "") {
  const made = document.createElement(tag);
  made.className = className;
  item.append(made);
  return made;
}

/** Seconds behind the state, so that nobody wonders whether anything happens. */
function clock(state) {
  const began = performance.now();
  const elapsed = document.createElement("span");
  elapsed.className = "elapsed";
  elapsed.ariaHidden = "true";
  state.append(elapsed);
  return setInterval(() => {
    elapsed.textContent = ` ${((performance.now() - began) / 1000).toFixed(1)} s`;
  }, TICK_MILLISECONDS);
}
