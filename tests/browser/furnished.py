"""An organization in the middle of its work, so that every page has something to show."""

from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts import api_keys, members
from accounts.models import Organization, User
from billing import usage
from billing.models import Kind, UsageDay
from billing.usage import Payer
from ocr import files, rows, saved_views, sheets, webhooks
from ocr.api.workspace import sheet_inputs
from ocr.models import Item, Job, RequestRecord, Row, WebhookAttempt, WebhookDelivery

SAMPLES = Path(__file__).resolve().parent.parent.parent / "frontend" / "static" / "samples"
SHOPS = (
    ("Corner Shop", "26.47", 0.98), ("Café Größe", "8.90", 0.93), ("文房具店 青山", "1,980", 0.62),
    ("Baker & Sons", "4.15", 0.97), ("한빛 마트", "32,400", 0.91), ("Garden Centre", "118.00", 0.55),
)  # fmt: skip


def furnish(organization: Organization, owner: User, member: User) -> dict[str, str]:
    """Fill the organization; gives the ids that its pages are reached with, by the name of their parameter."""
    sheet = _sheet(organization, owner)
    key, _ = api_keys.create(organization, name="Accounting import", created_by=owner)
    api_keys.create(organization, name="Mobile app", created_by=member)
    _, token = members.invite(organization, "dora@example.org", "viewer", by=owner, address="192.0.2.1")
    _usage(organization, key.public_id, sheet)
    request = RequestRecord.objects.create(
        organization=organization, request_id="req_" + "0" * 24, method="POST", endpoint="ocr-fields", status=200,
        milliseconds=812, key=key.public_id, pages=1, units=1, stages={"recognize": 640, "fields": 41},
    )  # fmt: skip
    return {
        "key": sheet.unique_key,
        "row_key": sheet.rows.order_by("id")[2].row_key,
        "public_id": key.public_id,
        "member_id": str(organization.memberships.get(user=member).id),
        "token": token,
        "slug": "post-parse-image",
        "request_id": request.request_id,
        "delivery": _delivery(organization),
    }


def _sheet(organization: Organization, owner: User) -> Item:
    for asked in ({"type": "folder", "name": "2025"}, {"type": "sheet", "name": "Receipts 2026"}):
        template = {"templateId": "receipt"} if asked["type"] == "sheet" else {}
        sheet = sheets.create(organization, *sheet_inputs.create_request({"path": "/", **asked, **template}))
    written = files.write(organization, ContentFile((SAMPLES / "receipt.png").read_bytes()))
    with transaction.atomic():
        file = files.register(organization, written)
    for number, (shop, total, confidence) in enumerate(SHOPS * 2, 1):
        row = rows.add(sheet, name=f"receipt-{number:02}.png", file=file, is_duplicate=number == 7)
        warnings = [{"code": "sum", "fields": ["total"], "message": "The items do not add up to the total."}]
        rows.record(
            row,
            _values(shop, total, confidence, number),
            image={"width": 768, "height": 1050, "rotation": 0, "language": "eng"},
            warnings=warnings if number in (3, 6) else [],
        )
    _failed(sheet, rows.add(sheet, name="blurred.png", file=file))
    saved_views.save(sheet, "Over 100", where=["total>100"], sort=["total:desc"], select=[], by=owner)
    return sheet


def _failed(sheet: Item, row: Row) -> None:
    rows.mark(row, Row.Status.FAILED)
    Job.objects.create(
        organization_id=sheet.organization_id,
        row=row,
        status="failed",
        deadline_at=timezone.now(),
        error_code="no_text",
        error_message="No text was found on the document. Check that it is not blank, upside down or out of focus.",
    )


def _values(shop: str, total: str, confidence: float, number: int) -> dict[str, object]:
    items = [
        {"description": _cell(name, 0.95, 400 + 40 * at), "quantity": _cell("1", 0.9, 400 + 40 * at),
         "unit_price": _cell(price, 0.9, 400 + 40 * at), "amount": _cell(price, 0.8, 400 + 40 * at)}
        for at, (name, price) in enumerate((("Notebook A5", "4.20"), ("Pencils HB, box of twelve", "7.50")))
    ]  # fmt: skip
    return {
        "store_name": _cell(shop, 0.97, 90),
        "store_address": _cell("12 Harbour Street, Port Example", 0.92, 130),
        "transaction_date": _cell(f"2026-05-{number:02}", 0.96, 250),
        "receipt_no": _cell(f"R-{1000 + number}", confidence, 290),
        "items": {**_cell("", 0.9, 400), "value": items},
        "tax": _cell("1.20", 0.88, 700),
        "total": _cell(total, confidence, 760),
    }


def _cell(text: str, confidence: float, top: int) -> dict[str, object]:
    corners = [(120, top), (420, top - 6), (420, top + 24), (120, top + 30)]
    return {
        "value": text,
        "bbox": {"xmin": 120, "ymin": top - 6, "xmax": 420, "ymax": top + 30},
        "vertices": [{"x": x, "y": y} for x, y in corners],
        "match_ratio": 1.0,
        "bbox_source": "token_id",
        "confidence": confidence,
    }


def _delivery(organization: Organization) -> str:
    """A call of a webhook that the receiver did not take."""
    to = ["https://example.com/hooks"]
    webhooks._write(organization, webhooks.TEST, {"message": "Hello"}, standing=to, for_upload=[])
    delivery = WebhookDelivery.objects.get()
    WebhookAttempt.objects.create(
        organization=organization, delivery=delivery, number=1, started_at=delivery.created_at, status_code=500,
        reason="The receiver answered 500.", excerpt="Out of order", milliseconds=87,
    )  # fmt: skip
    return delivery.public_id


def _usage(organization: Organization, key: str, sheet: Item) -> None:
    today = timezone.now().date()
    for back in range(1, 28):
        for outcome, units in (("read", (back * 7) % 23 + 3), ("no_text", back % 3)):
            UsageDay.objects.create(
                organization=organization, day=today - timedelta(days=back), kind=Kind.SCAN,
                key="" if back % 2 else key, endpoint="web" if back % 2 else "upload", sheet=sheet.unique_key,
                outcome=outcome, charged_units=units if outcome == "read" else 0,
                free_units=units if outcome != "read" else 0,
            )  # fmt: skip
    payer = Payer(organization, "192.0.2.1", key=key, endpoint="upload", sheet=sheet.unique_key)
    usage.settle(usage.reserve(payer, Kind.SCAN, units=14), units=14)
    usage.release(usage.reserve(payer, Kind.SCAN), reason="no_text")
