// Values as colored JSON. Everything becomes text nodes: an answer may hold whatever stood on a page.

const MOST_CHARACTERS = 400_000;
const SHORT_CHARACTERS = 70; // What holds no more than that, and nothing nested, stands on one line.

/** Puts `value` into `place`; an object that `marks` knows becomes an element with its data-mark. */
export function showJson(place, value, marks = new Map()) {
  place.replaceChildren();
  if (JSON.stringify(value).length > MOST_CHARACTERS) place.append(JSON.stringify(value, null, 2));
  else append(place, value, "", marks);
}

function append(place, value, indent, marks) {
  const isMarked = value !== null && typeof value === "object" && marks.has(value);
  const parent = isMarked ? element("span", "", "") : place;
  if (isMarked) {
    parent.dataset.mark = marks.get(value);
    place.append(parent);
  }
  if (Array.isArray(value)) appendAll(parent, value.map((item) => [null, item]), "[]", indent, marks);
  else if (value !== null && typeof value === "object") appendAll(parent, Object.entries(value), "{}", indent, marks);
  else parent.append(element("span", kindOf(value), JSON.stringify(value)));
}

function appendAll(place, entries, brackets, indent, marks) {
  const isShort = entries.every(([, item]) => item === null || typeof item !== "object");
  const inner = `${indent}  `;
  const [before, between, after] =
    isShort && JSON.stringify(entries).length <= SHORT_CHARACTERS ? ["", ", ", ""] : [`\n${inner}`, `,\n${inner}`, `\n${indent}`];
  if (!entries.length) return place.append(brackets);
  place.append(brackets[0] + before);
  entries.forEach(([name, item], index) => {
    if (name !== null) place.append(element("span", "json-name", JSON.stringify(name)), ": ");
    append(place, item, inner, marks);
    if (index < entries.length - 1) place.append(between);
  });
  place.append(after + brackets[1]);
}

function kindOf(value) {
  return value === null || typeof value === "boolean" ? "json-word" : `json-${typeof value}`;
}

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
