// Puts the reader's own key into the samples. It stays in this tab: sessionStorage, and no request.
// data-own-key: an element that shows a new key. data-own-key-input: where to type one.
// data-samples: the text in the samples that stands for the key.

const KEPT = "own-key";
const samples = document.querySelector("[data-samples]");
const input = document.querySelector("[data-own-key-input]");
const fresh = document.querySelector("[data-own-key]");

if (fresh) sessionStorage.setItem(KEPT, fresh.textContent.trim());

if (samples && input) {
  const codes = [...samples.querySelectorAll("pre")].map((code) => ({ code, text: code.textContent }));
  const fill = (key) => {
    for (const { code, text } of codes) code.textContent = text.replaceAll(samples.dataset.samples, key);
  };
  input.addEventListener("input", () => {
    const key = input.value.trim();
    if (key) sessionStorage.setItem(KEPT, key);
    else sessionStorage.removeItem(KEPT);
    fill(key || samples.dataset.samples);
  });
  input.value = sessionStorage.getItem(KEPT) ?? "";
  if (input.value) fill(input.value);
}
