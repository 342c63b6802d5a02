// data-json-of: the JSON of a page, taken out of the file that can be downloaded when its tab is opened.

document.addEventListener("click", fill);
document.addEventListener("keyup", fill);

function fill() {
  for (const place of document.querySelectorAll("[data-shown] > [data-json-of]:empty")) {
    const link = place.closest("[data-result]").querySelector("[data-json]");
    const bytes = Uint8Array.from(atob(link.getAttribute("href").split(",")[1]), (char) => char.charCodeAt(0));
    const whole = JSON.parse(new TextDecoder().decode(bytes));
    const page = whole.pages.find(({ number }) => String(number) === place.dataset.jsonOf);
    place.textContent = JSON.stringify(page, null, 2);
  }
}
