"""HTML as PDF. Loaded when the first PDF is asked for: WeasyPrint takes a second, and every process would pay it."""

from typing import Any

from PIL import ImageFile
from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher

# WeasyPrint lets half a picture pass as a whole one, in the whole process; what customers upload must be whole.
ImageFile.LOAD_TRUNCATED_IMAGES = False


class OwnFilesOnly(URLFetcher):  # type: ignore[misc]
    """Refuses every address. Names of customers stand in the page; nothing they write is ever fetched."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        raise ValueError("A statement fetches nothing.")


def as_pdf(html: str, style: str) -> bytes:
    """Print a page."""
    nothing = OwnFilesOnly()
    written: bytes = HTML(string=html, url_fetcher=nothing).write_pdf(
        stylesheets=[CSS(string=style, url_fetcher=nothing)]
    )
    return written
