// data-copy="#id": copies that element's text. data-done: what the button says afterwards.

const SAYS_SO_MS = 1600;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await copy(source);
  confirm(button);
});

async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // No clipboard without HTTPS or permission: select the text, so that Ctrl-C takes it.
    getSelection().selectAllChildren(source);
    document.execCommand("copy");
  }
}

function confirm(button) {
  const before = button.dataset.label ?? button.textContent;
  button.dataset.label = before;
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = before), SAYS_SO_MS);
}
