"""Fields on documents whose truth is known: recall, the kinds of errors, boxes, and the time of extraction alone.

Recall is by the meaning of a value (`typed` in the shared scorer). Kinds of errors: `missing` (nothing found),
`wrong` (another text), `near` (at least half of the characters are right), `invented` (not on the page as read).
Of line items, cells are counted by column. Where the truth boxes the whole line that holds a value, the value's box
is compared with its part of that line, by characters.
Confidence is told by how often values with it are right. Pages are read once and kept (`bench.pages`).
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench import documents, items, pages
from bench.documents import Sample
from ocr.extraction.extract import extract
from ocr.extraction.fields import Extraction, Rows, Value
from ocr.extraction.locate import squeezed
from ocr.extraction.propose import kind_of
from ocr.extraction.templates import TEMPLATES
from ocr.geometry import on_grid
from ocr.pool import HostSettings
from ocr.types import Page

# Names in the truth files to fields of our templates.
RECEIPT = {"company": "store_name", "date": "transaction_date", "address": "store_address", "total": "total"}
INVOICE = {
    "invoice_number": "invoice_no", "invoice_date": "invoice_date", "total": "total", "subtotal": "subtotal",
    "tax": "tax", "due_date": "due_date", "supplier_name": "vendor", "supplier_address": "vendor_address",
    "supplier_vat": "vendor_tax_id", "customer_name": "recipient",
}  # fmt: skip
CARD = {"name": "name", "job_title": "title", "department": "department", "company": "company", "email": "email",
        "website": "website", "mobile": "mobile", "phone": "phone", "fax": "fax", "address": "address"}  # fmt: skip
NEAR = 0.5
BANDS = (0.5, 0.7, 0.8, 0.9, 1.01)


@dataclass(frozen=True)
class Read:
    """A document, its page, and what was extracted in how many seconds of CPU time."""

    sample: Sample
    page: Page
    found: Extraction
    seconds: float

    @property
    def key(self) -> str:
        return str(self.sample.truth["image"])


def main(host: HostSettings, limit: int, engine: int, *, any_source: bool, wrong: int) -> None:
    """Print the figures of receipts, invoices and business cards."""
    tools = documents.scorers()
    if tools is None:
        print("\nThe shared data is not there: no truth to compare with.")
        return
    others = documents.load("templates")
    invoices = [*documents.load("invoices", limit), *(s for s in others if s.truth["doc_type"] == "invoice")]
    cards = [sample for sample in others if sample.truth["doc_type"] == "business_card"]
    for title, samples, template_id, names in (
        ("receipts (SROIE)", documents.load("receipts", limit), "receipt", RECEIPT),
        ("invoices", invoices, "invoice", INVOICE),
        ("business cards", cards, "business_card", CARD),
    ):
        kept = pages.read_all(host, samples, engine, any_source=any_source)
        reads = [_extracted(sample, page, template_id) for sample, page in zip(samples, kept, strict=True)]
        print(f"\n{title}, engine {engine}, n={len(reads)}")
        _print(tools[1], reads, names, wrong)
        guesses = Counter(kind_of(read.page) or "none" for read in reads)
        print(f"  taken for: {dict(guesses)}")


def _extracted(sample: Sample, page: Page, template_id: str) -> Read:
    extract(page, TEMPLATES[template_id].fields, template_id)  # lexicons are loaded at the first call
    started = time.process_time()
    found = extract(page, TEMPLATES[template_id].fields, template_id)
    return Read(sample, page, found, time.process_time() - started)


def _print(scorer: Any, reads: list[Read], names: Mapping[str, str], wrong: int) -> None:
    truth = [read.sample.truth for read in reads]
    result, errors = scorer.score_rows(truth, {r.key: _prediction(r, names) for r in reads}, list(names))
    kinds = _kinds(scorer, errors)
    boxes = result.get("boxes", {}).get("by_field", {})
    for name in names:
        cell = result["typed"]["by_field"][name]
        box = f"box IoU ≥ .5 {_found_boxes(scorer, reads, name, names[name])}" if name in boxes else ""
        told = "  ".join(f"{kind} {count}" for kind, count in sorted(kinds[name].items()))
        print(f"  {name:<18}{cell['recall']:.3f} of {cell['true']:<5}{box:<28}{told}")
    known = [name for name in names if result["typed"]["by_field"][name]["true"]]
    mean = sum(result["typed"]["by_field"][name]["recall"] for name in known) / max(len(known), 1)
    print(f"  {'mean':<18}{mean:.3f}")
    if "items" in result:
        found = result["items"]
        print(f"  item cells        P {found['precision']:.3f}  R {found['recall']:.3f}  F1 {found['f1']:.3f}")
        for told in items.lines(scorer, [(read.sample.truth, _prediction(read, names)["items"]) for read in reads]):
            print(f"  {told}")
    print(f"  invented values   {sum(map(_invented, reads))}")
    times = sorted(read.seconds for read in reads)
    print(f"  CPU ms a page     p50 {1000 * times[len(times) // 2]:.0f}  max {1000 * times[-1]:.0f}")
    _print_confidence(scorer, reads, names)
    for error in errors[:wrong]:
        print(f"    {error['image']}  {error['field']}: {error['truth']} / {error['pred']}")


def _prediction(read: Read, names: Mapping[str, str]) -> dict[str, Any]:
    values = read.found.values
    fields = {name: _field(read.page, v) for name, ours in names.items() if isinstance(v := values[ours], Value)}
    goods = values.get("items")
    rows = [{k: v.text for k, v in row.items() if v.text} for row in goods.rows] if isinstance(goods, Rows) else []
    return {"fields": fields, "items": rows}


def _field(page: Page, value: Value) -> dict[str, Any]:
    if value.polygon is None:
        return {"value": value.text}
    corners = [on_grid(point, page.width_px, page.height_px) for point in value.polygon]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return {"value": value.text, "bbox": [min(xs), min(ys), max(xs), max(ys)]}


def _kinds(scorer: Any, errors: Iterable[dict[str, Any]]) -> dict[str, Counter[str]]:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for error in errors:
        truth, found = error["truth"], error["pred"]
        if not truth:
            kind = "extra"
        elif not found:
            kind = "missing"
        else:
            kind = "near" if max(scorer.anls(found[0], one) for one in truth) >= NEAR else "wrong"
        kinds[error["field"]][kind] += 1
    return kinds


def _found_boxes(scorer: Any, reads: list[Read], name: str, ours: str) -> str:
    """Of the values that are right, how many overlap the true box by half."""
    hits = total = 0
    for read in reads:
        boxes = (read.sample.truth.get("field_boxes") or {}).get(name)
        field = _field(read.page, read.found.values[ours])  # type: ignore[arg-type]
        if not boxes or "bbox" not in field or not _is_right(scorer, read, name, field["value"]):
            continue
        every = boxes if isinstance(boxes[0], list) else [boxes]
        size, grid = read.sample.truth.get("size"), read.sample.truth.get("box_grid", "pixel")
        true = [scorer.to_grid(_part(read.sample.truth, name, box), size, grid) for box in every]
        whole = [min(b[0] for b in true), min(b[1] for b in true), max(b[2] for b in true), max(b[3] for b in true)]
        total += 1
        hits += max(scorer.iou(field["bbox"], box) for box in [*true, whole]) >= 0.5
    return f"{hits / total:.3f} of {total}" if total else "-"


def _part(truth: Mapping[str, Any], name: str, box: list[float]) -> list[float]:
    """Of a true box that is a whole line with more than the value in it, the value's part."""
    line = next((line["text"] for line in truth.get("boxes") or [] if line["bbox"] == box), "")
    value = (truth.get("fields") or {}).get(name)
    start = line.find(value) if isinstance(value, str) else -1
    if start < 0 or not line:
        return box
    left, top, right, bottom = box
    step = (right - left) / len(line)
    return [left + start * step, top, left + (start + len(value)) * step, bottom]


def _is_right(scorer: Any, read: Read, name: str, text: str) -> bool:
    truth = scorer.values_of((read.sample.truth.get("fields") or {}).get(name))
    order = read.sample.truth.get("date_order", "dmy")
    return any(scorer.same(text, one, "typed", name, order) for one in truth)


def _invented(read: Read) -> int:
    """Values whose characters are not on the page as it was read."""
    count = 0
    for value in read.found.values.values():
        for cell in value.cells if isinstance(value, Rows) else (value,):
            held = "".join(squeezed(word.text) for word in cell.words)
            count += squeezed(cell.text) not in held
    return count


def _print_confidence(scorer: Any, reads: list[Read], names: Mapping[str, str]) -> None:
    bands: dict[float, Counter[bool]] = {band: Counter() for band in BANDS}
    for read in reads:
        for name, ours in names.items():
            value = read.found.values[ours]
            if (read.sample.truth.get("fields") or {}).get(name) and isinstance(value, Value) and value.text:
                band = next(band for band in BANDS if value.confidence < band)
                bands[band][_is_right(scorer, read, name, value.text)] += 1
    told = [f"<{band:.1f}: {c[True]}/{c.total()}" for band, c in bands.items() if c.total()]
    print(f"  right by confidence  {'  '.join(told)}")
