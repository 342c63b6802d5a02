// data-viewer: a picture with boxes and, beside it, what was read. Elements with the same
// data-mark belong together: pointing at one, or focusing it, lights all of them.
// The boxes themselves never change, so that thousands of them are laid out and painted once:
// lit ones are drawn again in a layer over them.

const LIT = "is-lit";

let pointedAt = null;
let lit = [];
let over = null;
const known = new WeakMap(); // Of each viewer its elements by mark: looking for them takes long among thousands.

// Not pointerover: scrolling to what has the focus moves things under a pointer that rests.
document.addEventListener("pointermove", (event) => event.target !== pointedAt && light(event.target));
document.addEventListener("pointerdown", (event) => light(event.target));
document.addEventListener("focusin", (event) => light(event.target));
document.addEventListener("click", (event) => showInText(event.target));
document.addEventListener("keydown", walkLines);

function light(target) {
  pointedAt = target;
  const viewer = target.closest?.("[data-viewer]");
  const found = viewer ? marksOf(target).flatMap((mark) => withMark(viewer, mark)) : [];
  const boxes = found.filter(isBox);
  const away = target.closest?.("[data-picture]") ? 0 : distance(boxes[0]); // Before anything changes: no second layout.
  for (const element of lit) element.classList.remove(LIT);
  lit = found.filter((element) => !isBox(element));
  for (const element of lit) element.classList.add(LIT);
  drawOver(boxes);
  if (away) viewer.querySelector("[data-picture]").scrollBy({ top: away, behavior: "smooth" });
}

function isBox(element) {
  return element instanceof SVGElement;
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
  let index = known.get(viewer);
  if (!index?.first?.isConnected) {
    const marked = [...viewer.querySelectorAll("[data-mark]")];
    index = { first: marked[0], byMark: Map.groupBy(marked, (element) => element.dataset.mark) };
    known.set(viewer, index);
  }
  return index.byMark.get(mark) ?? [];
}

/** How far the picture must scroll to show a box. */
function distance(box) {
  if (!box) return 0;
  const frame = box.closest("[data-picture]").getBoundingClientRect();
  const place = box.getBoundingClientRect();
  if (!place.height || (place.top >= frame.top && place.bottom <= frame.bottom)) return 0;
  return (place.top + place.bottom) / 2 - (frame.top + frame.bottom) / 2;
}

/** Draws boxes again, lit. Its polygons are used again: adding and removing them takes longer. */
function drawOver(boxes) {
  const svg = boxes[0]?.ownerSVGElement;
  if (svg && over?.previousElementSibling !== svg) {
    over?.remove();
    over = svg.cloneNode(false);
    over.classList.add("over");
    svg.after(over);
  }
  const shapes = boxes.map((box) => box.querySelector(":scope > .edge") ?? box);
  while (over && over.childElementCount < shapes.length) over.append(document.createElementNS(svg.namespaceURI, "polygon"));
  [...(over?.children ?? [])].forEach((copy, at) => {
    copy.setAttribute("points", shapes[at]?.getAttribute("points") ?? "");
    copy.setAttribute("class", shapes[at] ? `${shapes[at].getAttribute("class")} ${LIT}` : "");
  });
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
