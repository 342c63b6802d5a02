// data-reader="#id": sends the form in the background and puts the answer into that element.
// A document that is dropped, pasted or chosen is read at once. Without script the form posts.

import { fitting } from "./shrink.js";

const form = document.querySelector("[data-reader]");
const place = document.querySelector(form.dataset.reader);
const status = document.querySelector(form.dataset.status);
const input = form.querySelector("input[type=file]");
const zone = form.querySelector("[data-drop]");
const maxBytes = Number(form.dataset.maxBytes);
let running = null;
let sample = null; // The one read last, so that it can be read again with another engine.

form.addEventListener("submit", (event) => {
  event.preventDefault();
  read(event.submitter);
});
input.addEventListener("change", () => input.files.length && form.requestSubmit());
document.addEventListener("paste", (event) => take(event, event.clipboardData?.files));
document.addEventListener("drop", (event) => {
  zone.removeAttribute("data-over");
  take(event, event.dataTransfer?.files);
});
document.addEventListener("dragover", (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  zone.setAttribute("data-over", "");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) zone.removeAttribute("data-over");
});
status.querySelector("[data-cancel]").addEventListener("click", () => running?.abort());

function take(event, files) {
  if (!files?.length) return;
  event.preventDefault();
  const first = new DataTransfer();
  first.items.add(files[0]);
  input.files = first.files;
  form.requestSubmit();
}

async function read(submitter) {
  running?.abort();
  const request = (running = new AbortController());
  chooseSource(submitter);
  const stopClock = startClock();
  try {
    const body = await content();
    if (body) show(await ask(body, request.signal));
    else complain(tooLarge());
  } catch (error) {
    if (error.name !== "AbortError") complain(form.dataset.textLost);
  } finally {
    stopClock();
    if (running === request) status.hidden = true;
  }
}

/** A sample when its button was pressed, else the chosen file, else the last sample again. */
function chooseSource(submitter) {
  if (submitter?.name === "sample") {
    sample = submitter;
    input.value = "";
  } else if (input.files.length) {
    sample = null;
  }
  const name = sample?.dataset.name ?? input.files[0]?.name ?? "";
  status.querySelector("[data-name]").textContent = name;
  zone.querySelector("[data-chosen]").textContent = name;
}

/** What to send; null when the file is too large and cannot be made smaller. */
async function content() {
  const body = new FormData(form);
  if (sample) body.set("sample", sample.value);
  const file = input.files[0];
  if (!file) return body;
  const sent = await fitting(file, maxBytes);
  if (sent) body.set(input.name, sent);
  return sent && body;
}

async function ask(body, signal) {
  const headers = { "X-Requested-With": "fetch" };
  const answer = await fetch(form.action, { method: "POST", body, headers, signal });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.querySelector("[data-result], [data-problem]");
  if (!part) throw new Error(`No answer in status ${answer.status}`);
  return part;
}

function show(part) {
  place.replaceChildren(document.adoptNode(part));
  const target = place.querySelector("[data-focus]") ?? place;
  target.focus({ preventScroll: true });
  place.scrollIntoView({ block: "start", behavior: "smooth" });
}

function complain(sentence) {
  const note = document.createElement("p");
  note.className = "note note-error";
  note.dataset.problem = "";
  note.setAttribute("role", "alert");
  note.textContent = sentence;
  place.replaceChildren(note);
}

function tooLarge() {
  return form.dataset.textTooLarge.replace("{limit}", `${Math.floor(maxBytes / 1024 ** 2)} MB`);
}

function startClock() {
  const began = performance.now();
  const elapsed = status.querySelector("[data-elapsed]");
  const tick = () => (elapsed.textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`);
  tick();
  status.hidden = false;
  const timer = setInterval(tick, 100);
  return () => clearInterval(timer);
}
