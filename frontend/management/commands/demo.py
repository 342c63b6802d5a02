"""Show what the service does: send the sample invoice through the running API."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from frontend import demo

SAMPLE = settings.BASE_DIR / "frontend" / "static" / "samples" / "invoice.png"
TIMEOUT_SECONDS = 120


class Command(BaseCommand):
    """Print the fields of the sample invoice with their boxes."""

    help = "Send the sample invoice through the running API and print its fields with their boxes."

    def handle(self, *args: Any, **options: Any) -> None:
        account = demo.known()
        if account is None:
            raise CommandError("There is no demo account yet. Start the service first: make run")
        self.stdout.write(f"POST {settings.SITE_URL}/ocr/fields with templateId=invoice and {SAMPLE.name}\n\n")
        answer = _post(account.key)
        self.stdout.write(f"{'field':<22}{'value':<44}{'box (0-1000)':<24}match")
        for name, text, box, ratio in _rows(answer["data"]):
            self.stdout.write(f"{name:<22}{text[:42]:<44}{box:<24}{ratio:.2f}")


def _post(key: str) -> dict[str, Any]:
    image = base64.b64encode(SAMPLE.read_bytes()).decode()
    body = json.dumps({"image": image, "imageType": "base64", "templateId": "invoice"}).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = Request(f"{settings.SITE_URL}/ocr/fields", body, headers)  # noqa: S310 - our own address
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return dict(json.load(answer))
    except HTTPError as error:
        raise CommandError(f"The API answered {error.code}: {error.read().decode()}") from None
    except URLError as error:
        raise CommandError(f"{settings.SITE_URL} does not answer ({error.reason}). Start it: make run") from None


def _rows(data: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str, float]]:
    for name, found in data.items():
        if isinstance(found["value"], list):
            for index, row in enumerate(found["value"]):
                yield from _rows(row, f"{prefix}{name}[{index}].")
        else:
            yield prefix + name, found["value"].replace("\n", " "), _box(found["bbox"]), found["match_ratio"]


def _box(box: dict[str, int] | None) -> str:
    return "" if box is None else " ".join(str(box[side]) for side in ("xmin", "ymin", "xmax", "ymax"))
