// data-own-columns: the fields for columns of one's own, shown only while they are chosen. Its buttons change
// them in place: the server makes the fields, as it does without a script.

for (const part of document.querySelectorAll("[data-own-columns]")) {
  const choice = document.getElementById(part.dataset.ownColumns);
  const show = () => (part.hidden = choice.value !== "own");
  choice.addEventListener("change", show);
  show();
  part.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=change]");
    if (!button || part.dataset.isLost) return;
    event.preventDefault();
    if (part.getAttribute("aria-busy") !== "true") change(part, button);
  });
}

async function change(part, button) {
  const form = part.closest("form");
  const entered = new FormData(form);
  entered.append(button.name, button.value);
  part.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action || location.href, { method: "POST", body: entered });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    part.replaceChildren(...page.querySelector("[data-own-columns]").children);
    part.querySelector("[autofocus]")?.focus();
  } catch {
    // The whole page says what is wrong.
    part.dataset.isLost = "yes";
    button.click();
  } finally {
    part.removeAttribute("aria-busy");
  }
}
