// data-tabs: one of its panels is shown at a time. Without script all of them are (see reader.css).

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tabs] [role=tab]");
  if (tab) show(tab);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest("[data-tabs] [role=tab]");
  if (!tab || !(event.key in STEPS)) return;
  const tabs = siblings(tab);
  const next = tabs[(tabs.indexOf(tab) + STEPS[event.key] + tabs.length) % tabs.length];
  show(next);
  next.focus();
});

function show(chosen) {
  for (const tab of siblings(chosen)) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
    panelOf(tab).toggleAttribute("data-shown", isChosen);
  }
}

function siblings(tab) {
  return [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
}

function panelOf(tab) {
  return document.getElementById(tab.getAttribute("aria-controls"));
}
