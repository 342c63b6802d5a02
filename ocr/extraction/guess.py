"""Whether a page looks like a receipt or an invoice, by its labels and its shape."""

from collections.abc import Iterator

from ocr.extraction.lexicon import Label
from ocr.extraction.reading import Reading
from ocr.extraction.spans import Row

# Points for the meanings of labels that are found on a page.
_RECEIPT = {
    "change": 2.0, "tendered": 1.2, "card": 0.6, "rounding": 1.0, "time": 0.8, "receipt_no": 0.4,
    "count": 0.6, "tax_summary": 0.4, "subtotal": 0.6, "total": 1.0, "service": 0.3, "tax": 0.3,
}  # fmt: skip
_INVOICE = {
    "due_date": 2.0, "invoice_date": 1.2, "recipient": 1.0, "vendor": 0.8, "bank": 1.5,
    "ship_to": 0.8, "delivery_date": 0.8, "unit_price": 0.5, "description": 0.5, "quantity": 0.3,
    "total": 0.6, "total_due": 0.6, "subtotal": 0.5, "tax_id": 0.3, "tax": 0.3, "company_id": 0.8,
}  # fmt: skip
_CLEAR = {"due_date", "recipient", "vendor", "ship_to", "delivery_date", "invoice_date", "bank"}
_SUMS = {"total", "total_due", "subtotal", "tax"}
_LEAST = 2.2  # Below it a page is neither.
_WITHOUT_PRICES = 3.5  # What an invoice's first page needs when its sums are on the next.


def guess_of(reading: Reading) -> str:
    """'receipt', 'invoice', or '' when the page looks like neither."""
    seen = {label.meaning for row in reading.rows for label in _heading_labels(reading, row)}
    receipt = sum(points for meaning, points in _RECEIPT.items() if meaning in seen)
    invoice = sum(points for meaning, points in _INVOICE.items() if meaning in seen)
    invoice += 1.0 if any(label.whole for _, label in reading.labelled("invoice_no")) else 0.0
    receipt += _by_shape(reading)
    if not seen & _SUMS or not any(span.weight >= 0.9 for spans in reading.amounts for span in spans):
        return "invoice" if invoice >= _WITHOUT_PRICES and invoice > receipt else ""
    if max(receipt, invoice) < _LEAST:
        return ""
    return "receipt" if receipt >= invoice else "invoice"


def _heading_labels(reading: Reading, row: Row) -> Iterator[Label]:
    """The labels of a row; those of letters only where they head a cell or have a colon."""
    for label in reading.labels[row.number]:
        if label.meaning not in _CLEAR or label.is_apart:
            yield label


def _by_shape(reading: Reading) -> float:
    """Till receipts are narrow strips with short rows; invoices are A4 or Letter sheets."""
    page = reading.page
    ratio = page.height_px / max(page.width_px, 1)
    score = 2.0 if ratio > 1.7 else -0.5 if 1.38 < ratio < 1.45 else 0.0
    return score + (1.2 if reading.has_short_rows else 0.0)
