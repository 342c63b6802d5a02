// data-reader="#id": reads documents in the background and puts the results into that element.
// What is dropped, pasted, chosen or photographed is read at once. Without script the form posts.

import { line } from "./queue.js";
import { places, problem } from "./results.js";
import { send } from "./send.js";
import { fitting } from "./shrink.js";

const AT_ONCE = 2;
const form = document.querySelector("[data-reader]");
const below = document.querySelector(form.dataset.reader);
const list = form.querySelector("[data-queue]");
const said = form.querySelector("[data-said]");
const inputs = [...form.querySelectorAll("input[type=file]")];
const zone = form.querySelector("[data-drop]");
const maxBytes = Number(form.dataset.maxBytes);
let chosen = []; // Of { name, file } or { name, sample }: they can be read again with another engine.
let run = new AbortController();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const sample = event.submitter?.name === "sample" ? event.submitter : null;
  if (sample) chosen = [{ name: sample.dataset.name, sample: sample.value }];
  readAll();
});
for (const input of inputs) {
  input.addEventListener("change", () => choose([...input.files]));
}
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

function take(event, files) {
  if (!files?.length) return;
  event.preventDefault();
  choose([...files]);
}

function choose(files) {
  if (!files.length) return;
  if (files.length > Number(form.dataset.maxDocuments)) {
    below.replaceChildren(problem(form.dataset.textTooMany.replace("{most}", form.dataset.maxDocuments)));
    return;
  }
  chosen = files.map((file) => ({ name: file.name, file }));
  readAll();
}

async function readAll() {
  run.abort();
  run = new AbortController();
  const documents = chosen.length ? chosen : [{ name: "" }]; // The server says what to do without any.
  list.replaceChildren();
  list.hidden = !chosen.length;
  const shown = places(below, documents.map((each) => each.name), form.dataset.textDocuments);
  const options = new FormData(form);
  const waiting = documents.map((each, at) => task(each, at + 1, shown[at], options, run.signal));
  const next = async () => {
    for (let read = waiting.shift(); read; read = waiting.shift()) await read();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

/** The reading of one document, to be called when its turn comes; its line can call it again. */
function task({ name, file, sample }, number, place, options, whole) {
  let own = null;
  const shown = line(list, name, () => (own ? own.abort() : read()));
  shown.waits();

  async function read() {
    if (whole.aborted) return;
    own = new AbortController();
    whole.addEventListener("abort", () => own?.abort());
    try {
      shown.sends(0);
      const body = await content(options, file, sample, number);
      const part = body ? await ask(body, shown.sends, own.signal) : problem(tooLarge());
      place.put(part);
      if ("problem" in part.dataset) shown.hasFailed();
      else shown.isDone();
      said.textContent = `${name}: ${list.dataset["problem" in part.dataset ? "textFailed" : "textDone"]}`;
    } catch (error) {
      if (error.name === "AbortError") return shown.isCancelled();
      place.put(problem(form.dataset.textLost));
      shown.hasFailed();
    } finally {
      own = null;
    }
  }
  return read;
}

/** What to send; null when the file is too large and cannot be made smaller. */
async function content(options, file, sample, number) {
  const body = new FormData();
  for (const [name, value] of options) if (name !== inputs[0].name) body.append(name, value);
  body.set("number", number);
  if (sample) body.set("sample", sample);
  if (!file) return body;
  const sent = await fitting(file, maxBytes);
  if (sent) body.set(inputs[0].name, sent, sent.name);
  return sent && body;
}

async function ask(body, onProgress, signal) {
  const answer = await send(form.action, body, { headers: { "X-Requested-With": "fetch" }, onProgress, signal });
  const page = new DOMParser().parseFromString(answer.text, "text/html");
  const part = page.querySelector("[data-result], [data-problem]");
  if (!part) throw new Error(`No answer in status ${answer.status}`);
  const left = form.querySelector("[data-left]");
  if (left && part.dataset.left) left.textContent = part.dataset.left;
  return document.adoptNode(part);
}

function tooLarge() {
  return form.dataset.textTooLarge.replace("{limit}", `${Math.floor(maxBytes / 1024 ** 2)} MB`);
}
