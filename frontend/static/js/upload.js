// data-upload: files are sent one by one as soon as they are chosen or dropped, each with its own
// progress; a file that could not be sent says why and can be sent again. While pages are being
// read, the part #progress is fetched again and again; when the last is done the page is loaded.

const POLL_MILLISECONDS = 2000;
const form = document.querySelector("[data-upload]");
const list = form?.querySelector("[data-sending]");
const input = form?.querySelector('input[type="file"]');
const zone = form?.querySelector(".drop");

input?.addEventListener("change", () => {
  sendAll([...input.files]);
  input.value = "";
});
zone?.addEventListener("dragover", () => zone.toggleAttribute("data-over", true));
for (const name of ["dragleave", "drop"]) zone?.addEventListener(name, () => zone.removeAttribute("data-over"));
document.addEventListener("paste", (event) => form && sendAll([...(event.clipboardData?.files ?? [])]));
follow();

async function sendAll(files) {
  const waiting = files.map((file) => ({ file, shown: show(file.name) }));
  let sent = 0;
  for (const { file, shown } of waiting) sent += await send(file, shown);
  if (sent) follow(true);
}

function show(name) {
  const item = document.createElement("li");
  const title = document.createElement("span");
  const bar = document.createElement("progress");
  const state = document.createElement("span");
  title.textContent = name;
  title.className = "clip";
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", name);
  state.textContent = list.dataset.textWaiting;
  item.append(title, bar, state);
  list.append(item);
  return { item, bar, state };
}

/** Sends one file; 1 when the server has taken it. */
function send(file, { item, bar, state }) {
  return new Promise((done) => {
    const body = new FormData(form);
    body.delete("files");
    body.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      bar.value = event.lengthComputable ? event.loaded / event.total : 0;
    });
    request.addEventListener("loadend", () => {
      const isTaken = request.status === 200;
      bar.value = isTaken ? 1 : 0;
      item.classList.toggle("is-failed", !isTaken);
      state.textContent = isTaken
        ? list.dataset.textSent
        : (request.response?.error ?? list.dataset.textFailed);
      done(isTaken ? 1 : 0);
    });
    request.send(body);
  });
}

/** Fetches the progress until nothing is left, then shows the rows. */
async function follow(isNew = false) {
  const part = document.querySelector("#progress");
  const url = part?.dataset.working ?? (isNew ? form.dataset.progress : null);
  if (!url) return;
  for (;;) {
    await new Promise((wake) => setTimeout(wake, POLL_MILLISECONDS));
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) continue;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#progress");
    document.querySelector("#progress").replaceWith(fresh);
    if (fresh.dataset.working) continue;
    if (list?.querySelector(".is-failed")) return; // what failed stays readable
    location.reload();
    return;
  }
}
