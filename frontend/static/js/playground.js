// data-playground: a form that calls an endpoint of the API with the reader's key. The key stays in this
// tab (sessionStorage, shared with the reference). Shows the answer, its boxes, and the same call as code.

import { boxesIn, draw } from "./boxes.js";
import { showJson } from "./json-view.js";

const KEPT = "own-key";
const SAMPLES_WAIT_MS = 300;
const RECORD_WAITS_MS = [1500, 1500, 3000];
const form = document.querySelector("[data-playground]");
const keyInput = document.querySelector("[data-key]");
const bodyText = form.querySelector("[data-body-text]");
const fileInput = form.querySelector("[data-file]");
const complaint = form.querySelector("[data-complaint]");
const answer = document.querySelector("[data-answer]");
const samples = document.querySelector("[data-samples]");
let picture = null; // Object URL of the file that was sent.
let samplesTimer = 0;

keyInput.value = keyInput.dataset.key || sessionStorage.getItem(KEPT) || "";
if (keyInput.value) sessionStorage.setItem(KEPT, keyInput.value);
keyInput.addEventListener("input", () => {
  sessionStorage.setItem(KEPT, keyInput.value.trim());
  writeSamples();
});
document.querySelector("[data-endpoint]").addEventListener("change", (event) => event.target.form.submit());
form.addEventListener("input", writeSamples);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send().catch((error) => complain(error.message));
});
fileInput?.addEventListener("change", putFileIntoBody);
for (const button of form.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", () => takeSample(button).catch(() => complain(form.dataset.textLost)));
}
writeSamples();

// -- What is sent -------------------------------------------------------------------------

async function takeSample(button) {
  const content = await (await fetch(button.dataset.sample)).blob();
  const name = button.textContent.trim();
  const chosen = new DataTransfer();
  chosen.items.add(new File([content], name, { type: content.type }));
  fileInput.files = chosen.files;
  fileInput.dispatchEvent(new Event("change", { bubbles: true }));
  writeSamples();
}

function markOf(file) {
  return form.dataset.fileMark.replace("{}", file.name);
}

/** A JSON body names the file; its base64 takes the name's place when it is sent. */
function putFileIntoBody() {
  const file = fileInput.files[0];
  if (!bodyText || !file) return;
  const body = parsedBody();
  delete body.imageType;
  bodyText.value = JSON.stringify({ ...body, image: markOf(file), imageType: "base64" }, null, 2);
}

function parsedBody() {
  try {
    return JSON.parse(bodyText.value);
  } catch (error) {
    throw new Error(`${form.dataset.textBadJson} ${error.message}`);
  }
}

/** The filled-in fields as pairs; a repeated one holds several, apart by " & ". */
function values() {
  const pairs = [];
  for (const input of form.querySelectorAll("[name]:not([type=file], [type=hidden])")) {
    const parts = "repeated" in input.dataset ? input.value.split(" & ") : [input.value];
    for (const value of parts) if (value) pairs.push([input.name, value]);
  }
  return pairs;
}

async function request() {
  const { method, family, path, body } = form.dataset;
  const inPath = new Set([...form.querySelectorAll("[data-in-path]")].map((input) => input.name));
  const given = values();
  const options = { method, headers: {} };
  const key = keyInput.value.trim();
  if (!key) throw new Error(form.dataset.textNoKey);
  if (family === "parse") options.headers.apikey = key;
  else options.headers.Authorization = `Bearer ${key}`;
  const rest = given.filter(([name]) => !inPath.has(name));
  let url = path.replace(/\{(\w+)\}/g, (whole, name) => encodeURIComponent(Object.fromEntries(given)[name] ?? whole));
  if (body === "none") {
    const query = new URLSearchParams(rest).toString();
    if (query) url += `?${query}`;
  } else if (body === "json") {
    options.headers["Content-Type"] = "application/json";
    options.body = await jsonBody();
  } else {
    options.body = new FormData();
    for (const [name, value] of rest) options.body.append(name, value);
    for (const file of fileInput?.files ?? []) options.body.append(fileInput.name, file);
  }
  return [url, options];
}

async function jsonBody() {
  const body = parsedBody();
  const file = fileInput?.files[0];
  if (file && body.image === markOf(file)) body.image = await base64(file);
  return JSON.stringify(body);
}

function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result.split(",")[1]));
    reader.addEventListener("error", () => failed(reader.error));
    reader.readAsDataURL(file);
  });
}

// -- What comes back ----------------------------------------------------------------------

async function send() {
  complaint.hidden = true;
  const [url, options] = await request();
  const button = form.querySelector("[data-send]");
  const stop = clock();
  button.disabled = true;
  try {
    const started = performance.now();
    const response = await fetch(url, options);
    const content = await response.blob();
    await show(response, content, performance.now() - started);
  } catch {
    complain(form.dataset.textLost);
  } finally {
    button.disabled = false;
    stop();
  }
}

function clock() {
  const place = form.querySelector("[data-elapsed]");
  const started = performance.now();
  const timer = setInterval(() => (place.textContent = `${((performance.now() - started) / 1000).toFixed(1)} s`), 100);
  return () => {
    clearInterval(timer);
    place.textContent = "";
  };
}

async function show(response, content, milliseconds) {
  const isJson = response.headers.get("Content-Type")?.includes("json") && !response.headers.get("Content-Disposition");
  const text = await content.text();
  const value = isJson ? JSON.parse(text) : null;
  const id = response.headers.get("X-Request-Id");
  answer.hidden = false;
  summarize(response, value, milliseconds, id);
  const found = boxesIn(value);
  const place = answer.querySelector("[data-json]");
  if (isJson) showJson(place, value, found.marks);
  else place.textContent = text.slice(0, 20_000);
  await showPicture(found);
  answer.querySelector("h2").focus({ preventScroll: true });
  answer.scrollIntoView({ block: "start", behavior: "smooth" });
  if (id) showRecord(id);
}

function summarize(response, value, milliseconds, id) {
  const status = document.createElement("span");
  const isWell = response.ok && !value?.IsErroredOnProcessing;
  status.className = `badge ${isWell ? "badge-good" : "badge-warn"}`;
  status.textContent = `${response.status} ${response.statusText}`;
  const time = document.createElement("span");
  time.textContent = `${Math.round(milliseconds)} ms`;
  const parts = [status, time];
  if (value?.usage) {
    const charge = document.createElement("span");
    const left = value.usage.remaining === null ? "" : ` · ${value.usage.remaining} ${form.dataset.textLeft}`;
    charge.textContent = `${value.usage.units} ${form.dataset.textCharged}${left}`;
    parts.push(charge);
  }
  if (id) {
    const link = document.createElement("a");
    link.href = `${form.dataset.requestsUrl}/${id}`;
    link.textContent = id;
    parts.push(link);
  }
  answer.querySelector("[data-summary]").replaceChildren(...parts);
}

async function showPicture(found) {
  const pane = answer.querySelector("[data-pane]");
  pane.hidden = true;
  if (picture) URL.revokeObjectURL(picture);
  picture = null;
  const file = fileInput?.files[0];
  if (!file || !found.polygons.length) return;
  picture = URL.createObjectURL(file);
  await draw(pane, picture, found);
}

/** Where the request's time went and what it cost, from its page in the request log, once it is there. */
async function showRecord(id) {
  const place = answer.querySelector("[data-details]");
  place.replaceChildren();
  for (const wait of RECORD_WAITS_MS) {
    await new Promise((wake) => setTimeout(wake, wait));
    const page = await fetch(`${form.dataset.requestsUrl}/${id}`).catch(() => null);
    if (!page?.ok) continue;
    const parts = new DOMParser().parseFromString(await page.text(), "text/html").querySelectorAll("[data-record]");
    place.replaceChildren(...[...parts].map((part) => document.adoptNode(part)));
    return;
  }
}

function complain(sentence) {
  complaint.textContent = sentence;
  complaint.hidden = false;
}

// -- The same call as code ----------------------------------------------------------------

function writeSamples() {
  clearTimeout(samplesTimer);
  samplesTimer = setTimeout(fetchSamples, SAMPLES_WAIT_MS);
}

async function fetchSamples() {
  const asked = { endpoint: form.dataset.slug, values: Object.fromEntries(values()) };
  asked.file_name = fileInput?.files[0]?.name ?? "";
  try {
    if (bodyText) asked.body = parsedBody();
  } catch {
    return; // half typed
  }
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const body = JSON.stringify(asked);
  const part = await fetch(form.dataset.samplesUrl, { method: "POST", headers, body }).catch(() => null);
  if (!part?.ok) return;
  const fresh = new DOMParser().parseFromString(await part.text(), "text/html").body;
  keepOpenTab(fresh);
  for (const code of fresh.querySelectorAll("pre")) {
    const key = keyInput.value.trim() || samples.dataset.samples;
    code.textContent = code.textContent.replaceAll(samples.dataset.samples, key);
  }
  samples.replaceChildren(...fresh.childNodes);
}

function keepOpenTab(fresh) {
  const open = samples.querySelector('[role="tab"][aria-selected="true"]')?.id;
  for (const tab of fresh.querySelectorAll('[role="tab"]')) {
    const isOpen = tab.id === open;
    tab.setAttribute("aria-selected", isOpen);
    tab.tabIndex = isOpen ? 0 : -1;
    fresh.querySelector(`#${tab.getAttribute("aria-controls")}`).toggleAttribute("data-shown", isOpen);
  }
}
