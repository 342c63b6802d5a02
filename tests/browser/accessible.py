"""axe-core in a page: what of WCAG 2.2 AA it finds wrong. A test-only package of npm, never shipped."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parent.parent / "clients" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async ([tags, left_out]) => {
  const context = left_out.length ? { exclude: left_out.map((name) => [name]) } : document;
  const found = await axe.run(context, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}"""


def violations(page: Page, *, left_out: tuple[str, ...] = ()) -> list[str]:
    """Each violated rule with the element that violates it; none is as it should be."""
    # Through the debugger: a script of another origin would be refused by the page's own policy, as it should.
    page.evaluate(AXE.read_text())
    return page.evaluate(RUN, [TAGS, list(left_out)])
