// Where results are put: one below the form, or a tab for each when several documents are read.

/** Makes room for so many documents; gives the place of each, in their order. */
export function places(below, names, label) {
  below.replaceChildren();
  if (names.length === 1) return [plain(below)];
  const whole = document.createElement("div");
  whole.dataset.tabs = "";
  const tabs = document.createElement("div");
  tabs.className = "tabs documents";
  tabs.setAttribute("role", "tablist");
  tabs.setAttribute("aria-label", label);
  whole.append(tabs);
  below.append(whole);
  return names.map((name, at) => tabbed(whole, tabs, name, at + 1));
}

function plain(below) {
  return { put: (content) => put(below, content, true) };
}

function tabbed(whole, tabs, name, number) {
  const isFirst = number === 1;
  const tab = document.createElement("button");
  tab.type = "button";
  tab.id = `tab-document-${number}`;
  tab.textContent = name;
  tab.tabIndex = isFirst ? 0 : -1;
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", `document-${number}`);
  tab.setAttribute("aria-selected", isFirst);
  tabs.append(tab);
  const panel = document.createElement("div");
  panel.id = `document-${number}`;
  panel.className = "page-panel";
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", tab.id);
  panel.toggleAttribute("data-shown", isFirst);
  whole.append(panel);
  return {
    put(content) {
      tab.classList.toggle("is-failed", "problem" in content.dataset);
      put(panel, content, isFirst);
    },
  };
}

function put(place, content, isSeen) {
  place.replaceChildren(content);
  if (!isSeen) return;
  const target = content.querySelector("[data-focus]") ?? content;
  target.focus({ preventScroll: true });
  place.scrollIntoView({ block: "start", behavior: "smooth" });
}

/** A sentence of our own in the place of a result. */
export function problem(sentence) {
  const note = document.createElement("p");
  note.className = "note note-error";
  note.dataset.problem = "";
  note.setAttribute("role", "alert");
  note.textContent = sentence;
  return note;
}
