// data-own-columns: the fields for columns of one's own are shown only while they are chosen.

for (const part of document.querySelectorAll("[data-own-columns]")) {
  const choice = document.getElementById(part.dataset.ownColumns);
  const show = () => (part.hidden = choice.value !== "own");
  choice.addEventListener("change", show);
  show();
}
