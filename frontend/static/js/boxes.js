// The boxes of an answer of either API, and drawing them over the picture that was sent.

const GRID = 1000;
const EDGE = 0.0015; // Of the page's longer side, so that edges grow and shrink with its letters.
const SVG = "http://www.w3.org/2000/svg";

/** Boxes of the first page: {marks: object → id, polygons: [{id, points, label}], isGrid}. */
export function boxesIn(answer) {
  const found = { marks: new Map(), polygons: [], isGrid: true };
  const add = (part, corners, label) => {
    const id = `box-${found.polygons.length}`;
    found.marks.set(part, id);
    found.polygons.push({ id, points: corners.map(([x, y]) => `${x},${y}`).join(" "), label });
  };
  const overlay = answer?.ParsedResults?.[0]?.TextOverlay;
  if (overlay) {
    found.isGrid = false; // pixels
    for (const line of overlay.Lines) for (const word of line.Words) add(word, rectangle(word), word.WordText);
  } else if (Array.isArray(answer?.pages)) {
    for (const line of answer.pages[0]?.lines ?? []) for (const word of line.words) addPlaced(add, word, word.text);
  } else if (answer?.data) {
    for (const [name, field] of Object.entries(answer.data)) addField(add, name, field);
  }
  return found;
}

/** Draws over the picture at `url`; the pane stays hidden where the browser cannot show it. */
export async function draw(pane, url, found) {
  const picture = new Image();
  picture.src = url;
  picture.alt = "";
  try {
    await picture.decode();
  } catch {
    return;
  }
  const width = found.isGrid ? GRID : picture.naturalWidth;
  const height = found.isGrid ? GRID : picture.naturalHeight;
  const svg = shape("svg", {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    "stroke-width": EDGE * Math.max(width, height),
    "aria-hidden": "true",
  });
  for (const { id, points, label } of found.polygons) {
    const polygon = shape("polygon", { class: "word", points, "data-mark": id });
    const title = shape("title", {});
    title.textContent = label;
    polygon.append(title);
    svg.append(polygon);
  }
  pane.querySelector(".sheet").replaceChildren(picture, svg);
  pane.hidden = false;
}

function addField(add, name, field) {
  if (!Array.isArray(field?.value)) return addPlaced(add, field, `${name}: ${field?.value}`);
  for (const row of field.value) {
    for (const [column, cell] of Object.entries(row)) addPlaced(add, cell, `${column}: ${cell?.value}`);
  }
}

function addPlaced(add, part, label) {
  if (part?.vertices) add(part, part.vertices.map(({ x, y }) => [x, y]), label);
}

function rectangle({ Left, Top, Width, Height }) {
  const right = Left + Width;
  const bottom = Top + Height;
  return [[Left, Top], [right, Top], [right, bottom], [Left, bottom]];
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}
