"""Accuracy of the engines and of the fields, on documents whose truth is known.

Text: word F1 where a document has no single reading order (receipts), else the character error
rate (CER). Fields: recall by the meaning of the field (`typed`). Scored by the shared tools.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import documents
from bench.documents import Sample
from ocr.extraction.extract import extract
from ocr.extraction.fields import Rows, Value
from ocr.extraction.templates import TEMPLATES
from ocr.geometry import on_grid
from ocr.pool import HostSettings, PageRequest, read_page
from ocr.types import Page

Pages = list[tuple[Sample, Page]]
# Names in the truth files to fields of our templates.
RECEIPT = {"company": "store_name", "date": "transaction_date", "address": "store_address", "total": "total"}
INVOICE = {
    "invoice_number": "invoice_no", "invoice_date": "invoice_date", "total": "total", "subtotal": "subtotal",
    "tax": "tax", "due_date": "due_date", "supplier_name": "vendor", "supplier_address": "vendor_address",
    "supplier_vat": "vendor_tax_id", "customer_name": "recipient",
}  # fmt: skip
# Folder, name, and how texts are folded before they are compared (see score_text.py).
SETS = (
    ("receipts", "till receipts (SROIE)", "loose"),
    ("receipts_wild", "photographed receipts", "nospace"),
    ("pages/unlv", "English scans at 300 dpi", "ws"),
    ("pages/udhr", "typeset, many languages", "std"),
)


def main(host: HostSettings, limit: int) -> None:
    tools = documents.scorers()
    if tools is None:
        _own(host)
        return
    score_text, score_fields = tools
    print("\nText           (word F1 and CER, all characters of a set together)")
    for folder, title, folding in SETS:
        samples = [sample for sample in documents.load(folder, limit) if sample.text]
        for engine in (1, 2) if samples else ():
            pages = _read_all(host, samples, engine)
            _print_text(score_text, pages, f"{title}, engine {engine}", folding)
            if folder == "receipts":
                _print_fields(score_fields, pages, "receipt", RECEIPT, f"SROIE fields, engine {engine}")
    samples = [*documents.load("invoices", limit), *documents.load("templates", limit)]
    invoices = [sample for sample in samples if sample.truth["doc_type"] == "invoice"]
    for engine in (1, 2):
        pages = _read_all(host, invoices, engine)
        _print_fields(score_fields, pages, "invoice", INVOICE, f"invoice fields, engine {engine}")


def _read_all(host: HostSettings, samples: list[Sample], engine: int) -> Pages:
    """The first page of each sample, as the service reads it."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        return list(zip(samples, threads.map(lambda sample: _read(host, sample, engine), samples), strict=True))


def _read(host: HostSettings, sample: Sample, engine: int) -> Page:
    request = PageRequest(
        index=0, engine=engine, language=sample.language, file_type="", file_hint="", max_pages=1,
        detect_orientation=False, scale=False, preview=False, priority=0, queue_timeout_seconds=600,
        timeout_seconds=120,
    )  # fmt: skip
    with sample.path.open("rb") as file:
        return read_page(host, file.fileno(), request).page


def _print_text(score_text: Any, pages: Pages, title: str, folding: str) -> None:
    result = score_text.summarise([score_text.score_page(s.text, page.text, folding) for s, page in pages])
    f1 = "" if folding == "nospace" else f"word F1 {result['sroie2_f1']:.3f}   "
    print(f"  {title:<36} {f1}CER {result['cer_micro']:.4f}   n={len(pages)}", flush=True)


def _print_fields(score_fields: Any, pages: Pages, template_id: str, names: Mapping[str, str], title: str) -> None:
    predictions = {s.truth["image"]: _prediction(page, template_id, names) for s, page in pages}
    truth = [sample.truth for sample, _ in pages]
    result, _ = score_fields.score_rows(truth, predictions, list(names))
    typed = result["typed"]
    by_field = "  ".join(f"{name} {typed['by_field'][name]['recall']:.2f}" for name in names)
    boxes = f"  boxes IoU ≥ .5: {result['boxes']['iou50']:.2f}" if "boxes" in result else ""
    items = f"  item cells F1 {result['items']['f1']:.2f}" if "items" in result else ""
    mean = sum(typed["by_field"][name]["recall"] for name in names) / len(names)
    print(f"  {title}: mean {mean:.3f}  {by_field}{boxes}{items}  n={len(pages)}", flush=True)


def _prediction(page: Page, template_id: str, names: Mapping[str, str]) -> dict[str, Any]:
    values = extract(page, TEMPLATES[template_id].fields, template_id).values
    fields = {name: _field(page, value) for name, ours in names.items() if isinstance(value := values[ours], Value)}
    items = values["items"]
    rows = [{k: v.text for k, v in row.items() if v.text} for row in items.rows] if isinstance(items, Rows) else []
    return {"fields": fields, "items": rows}


def _field(page: Page, value: Value) -> dict[str, Any]:
    if value.polygon is None:
        return {"value": value.text}
    corners = [on_grid(point, page.width_px, page.height_px) for point in value.polygon]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return {"value": value.text, "bbox": [min(xs), min(ys), max(xs), max(ys)]}


def _own(host: HostSettings) -> None:
    """Without the shared data there is no truth: say what is found on our own samples."""
    print("\nThe shared data is not there; on the project's own samples:")
    for sample in documents.own():
        page = _read(host, sample, 1)
        template = TEMPLATES[_template_of(sample.path)]
        values = extract(page, template.fields, template.id).values
        found = sum(bool(value.text if isinstance(value, Value) else value.rows) for value in values.values())
        print(f"  {sample.path.name:<20} {len(list(page.words))} words, {found} of {len(values)} fields found")


def _template_of(path: Path) -> str:
    return path.stem if path.stem in TEMPLATES else "invoice"
