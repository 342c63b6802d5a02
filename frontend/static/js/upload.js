// data-upload: files are sent one by one as soon as they are chosen, dropped or pasted, each with its own
// progress; a file that could not be sent says why and can be sent again from its line. While pages are
// being read, the part #progress is fetched again and again; when the last is done the page is loaded.

import { line } from "./queue.js";
import { send } from "./send.js";

const POLL_MILLISECONDS = 2000;
const TAKEN = 200;
const form = document.querySelector("[data-upload]");
const list = form?.querySelector("[data-queue]");
const input = form?.querySelector('input[type="file"]');
const zone = form?.querySelector(".drop");
let unsent = 0; // Files that wait or are on their way.
let last = Promise.resolve(); // The file before: they go one after the other.
let isFollowing = false;

input?.addEventListener("change", () => {
  sendAll([...input.files]);
  input.value = "";
});
zone?.addEventListener("dragover", () => zone.toggleAttribute("data-over", true));
for (const name of ["dragleave", "drop"]) zone?.addEventListener(name, () => zone.removeAttribute("data-over"));
document.addEventListener("paste", (event) => form && sendAll([...(event.clipboardData?.files ?? [])]));
addEventListener("beforeunload", (event) => unsent && event.preventDefault());
follow();

function sendAll(files) {
  if (files.length) list.hidden = false;
  for (const file of files) task(file)();
}

/** The sending of one file; its line can call it again, or cancel it. */
function task(file) {
  let own = null;
  const key = newKey(); // The same when it is sent again: an answer that got lost is told anew, nothing is done twice.
  const shown = line(list, file.name, () => (own ? own.abort() : start()));

  function start() {
    const mine = new AbortController();
    own = mine;
    unsent += 1;
    shown.waits();
    last = last.then(() => sendOne(file, key, shown, mine.signal)).then(() => {
      own = null;
      unsent -= 1;
      if (!unsent) follow(true);
    });
  }
  return start;
}

async function sendOne(file, key, shown, signal) {
  if (signal.aborted) return shown.isCancelled();
  const body = new FormData(form);
  body.set("files", file, file.name);
  try {
    shown.sends(0);
    const headers = { Accept: "application/json", "Idempotency-Key": key };
    const answer = await send(form.action, body, { headers, onProgress: shown.sends, signal });
    if (answer.status === TAKEN) shown.isDone();
    else shown.hasFailed(reasonOf(answer));
  } catch (error) {
    if (error.name === "AbortError") shown.isCancelled();
    else shown.hasFailed();
  }
}

/** Not crypto.randomUUID, which there is only behind https. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What the server said; nothing where something before it answered. */
function reasonOf({ text }) {
  try {
    return JSON.parse(text).error;
  } catch {
    return undefined;
  }
}

/** Fetches the progress until nothing is left, then shows the rows. */
async function follow(isNew = false) {
  const part = document.querySelector("#progress");
  const url = part?.dataset.working ?? (isNew ? form.dataset.progress : null);
  if (!url || isFollowing) return;
  isFollowing = true;
  while (await isWorking(url));
  isFollowing = false;
  if (!unsent && !list?.querySelector(".is-failed")) location.reload(); // what failed stays readable
}

async function isWorking(url) {
  await new Promise((wake) => setTimeout(wake, POLL_MILLISECONDS));
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) return true;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#progress");
  document.querySelector("#progress").replaceWith(fresh);
  return Boolean(fresh.dataset.working);
}
