// data-viewer: a picture with boxes and, beside it, what was read. Elements with the same
// data-mark belong together: pointing at one, or focusing it, lights all of them.

const LIT = "is-lit";

let pointedAt = null;
let lit = [];
const known = new WeakMap(); // Of each viewer its elements by mark: looking for them takes long among thousands.

// Not pointerover: scrolling to what has the focus moves things under a pointer that rests.
document.addEventListener("pointermove", (event) => event.target !== pointedAt && light(event.target));
document.addEventListener("pointerdown", (event) => light(event.target));
document.addEventListener("focusin", (event) => light(event.target));
document.addEventListener("click", (event) => showInText(event.target));
document.addEventListener("keydown", walkLines);

function light(target) {
  pointedAt = target;
  for (const element of lit) element.classList.remove(LIT);
  lit = [];
  const viewer = target.closest?.("[data-viewer]");
  if (!viewer) return;
  lit = marksOf(target).flatMap((mark) => withMark(viewer, mark));
  for (const element of lit) element.classList.add(LIT);
  if (!target.closest("[data-picture]")) bringIntoPicture(viewer);
}

/** A word's own mark and its line's. */
function marksOf(target) {
  const marks = [];
  let element = target.closest("[data-mark]");
  while (element) {
    marks.push(element.dataset.mark);
    element = element.parentElement.closest("[data-mark]");
  }
  return marks;
}

function withMark(viewer, mark) {
  if (!known.has(viewer)) {
    known.set(viewer, Map.groupBy(viewer.querySelectorAll("[data-mark]"), (element) => element.dataset.mark));
  }
  return known.get(viewer).get(mark) ?? [];
}

function bringIntoPicture(viewer) {
  const pane = viewer.querySelector("[data-picture]");
  const box = [...pane.querySelectorAll("." + LIT)].pop();
  if (!box) return;
  const frame = pane.getBoundingClientRect();
  const place = box.getBoundingClientRect();
  if (place.top >= frame.top && place.bottom <= frame.bottom) return;
  const middle = (place.top + place.bottom) / 2 - (frame.top + frame.bottom) / 2;
  pane.scrollBy({ top: middle, behavior: "smooth" });
}

/** A click on a box scrolls to what was read there. */
function showInText(target) {
  if (!target.closest("[data-picture] [data-mark]")) return;
  const viewer = target.closest("[data-viewer]");
  const beside = withMark(viewer, target.dataset.mark).find(
    (element) => !element.closest("[data-picture]") && element.offsetParent,
  );
  beside?.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

/** data-lines: with the text focused, up and down light one line after the other. */
function walkLines(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const text = event.target.closest("[data-lines]");
  if (!step || !text) return;
  const lines = [...text.children];
  const here = lines.findIndex((line) => line.classList.contains(LIT));
  const next = lines[Math.min(Math.max(here + step, 0), lines.length - 1)];
  event.preventDefault();
  light(next);
  next.scrollIntoView({ block: "nearest" });
}
