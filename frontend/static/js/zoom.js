// data-picture: larger and smaller by its buttons, by + - 0, and by the wheel with Ctrl; dragged with the mouse.

const STEP = 1.25;
const MOST = 8;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button) zoom(button.closest("[data-pane]").querySelector("[data-picture]"), button.dataset.zoom);
});
document.addEventListener("keydown", (event) => {
  const pane = event.target.closest?.("[data-picture]");
  const way = { "+": "in", "=": "in", "-": "out", 0: "fit" }[event.key];
  if (!pane || !way || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  zoom(pane, way);
});
document.addEventListener(
  "wheel",
  (event) => {
    const pane = event.target.closest?.("[data-picture]");
    if (!pane || !event.ctrlKey) return;
    event.preventDefault();
    zoom(pane, event.deltaY < 0 ? "in" : "out", event.clientX, event.clientY);
  },
  { passive: false },
);
document.addEventListener("pointerdown", drag);

/** Keeps what lies under (x, y), or in the middle, where it is. */
function zoom(pane, way, x, y) {
  const before = Number(pane.dataset.scale ?? 1);
  const after = way === "fit" ? 1 : Math.min(Math.max(before * (way === "in" ? STEP : 1 / STEP), 1), MOST);
  const frame = pane.getBoundingClientRect();
  const across = (x ?? frame.left + frame.width / 2) - frame.left;
  const down = (y ?? frame.top + frame.height / 2) - frame.top;
  const [left, top] = [pane.scrollLeft + across, pane.scrollTop + down].map((at) => (at * after) / before);
  pane.dataset.scale = after;
  pane.querySelector(".sheet").style.setProperty("--zoom", after);
  pane.scrollTo({ left: left - across, top: top - down, behavior: "instant" });
}

function drag(start) {
  const pane = start.target.closest?.("[data-picture]");
  if (!pane || start.pointerType !== "mouse" || start.button !== 0) return;
  const [left, top] = [pane.scrollLeft, pane.scrollTop];
  const move = (event) =>
    pane.scrollTo({ left: left + start.clientX - event.clientX, top: top + start.clientY - event.clientY, behavior: "instant" });
  const end = () => {
    removeEventListener("pointermove", move);
    pane.classList.remove("is-dragged");
  };
  start.preventDefault();
  pane.focus({ preventScroll: true });
  pane.classList.add("is-dragged");
  addEventListener("pointermove", move);
  addEventListener("pointerup", end, { once: true });
}
