// data-edit: values to check by keyboard. Enter goes to the next unsure value, and saves after the
// last; arrows up and down go through all. Leaving with unsaved changes asks first.

for (const form of document.querySelectorAll("[data-edit]")) edit(form);

function edit(form) {
  const inputs = [...form.querySelectorAll("input.input:not([readonly])")];
  const unsure = inputs.filter((input) => "unsure" in input.dataset);
  const next = form.querySelector("[data-next-unsure]");
  let isSaving = false;
  if (next) next.hidden = !unsure.length;
  form.querySelector("[data-keys]")?.toggleAttribute("hidden", !inputs.length);
  next?.addEventListener("click", () => go(after(unsure, document.activeElement) ?? unsure[0]));
  form.addEventListener("submit", () => (isSaving = true));
  form.addEventListener("keydown", (event) => {
    if (!inputs.includes(event.target) || event.isComposing) return;
    if (event.key === "Enter") {
      const following = after(unsure, event.target);
      if (!following) return;
      event.preventDefault();
      go(following);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      go(inputs[inputs.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)]);
    }
  });
  addEventListener("beforeunload", (event) => {
    if (!isSaving && inputs.some((input) => input.value !== input.defaultValue)) event.preventDefault();
  });
  unsure[0]?.focus({ preventScroll: true });
}

/** The first of some inputs that stands behind an element. */
function after(inputs, element) {
  return inputs.find((input) => element.compareDocumentPosition(input) & Node.DOCUMENT_POSITION_FOLLOWING);
}

function go(input) {
  input?.focus();
  input?.select();
  input?.scrollIntoView({ block: "nearest" });
}
