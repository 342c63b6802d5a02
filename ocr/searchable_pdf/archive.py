"""PDF/A-2b: what a PDF must say and must not hold to be kept for long (ISO 19005-2, level B)."""

from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, String
from PIL import ImageCms

from ocr.searchable_pdf import NotArchivable
from ocr.searchable_pdf.streams import packed

# What acts, or points outside, and is not needed to see the pages.
ACTIVE = ("/OpenAction", "/AA", "/Names", "/AcroForm", "/Metadata", "/OutputIntents", "/Perms", "/Collection")
MAX_DEPTH = 20


def demand_scan(pdf: Pdf) -> None:
    """Check that a PDF holds scanned pages only.

    Raises:
        NotArchivable: It has text, forms or colours of its own, which PDF/A has rules for that
            only its author can keep.
    """
    for number, page in enumerate(pdf.pages, 1):
        if hindrance := _hindrance(page):
            raise NotArchivable(
                f"Page {number} of the PDF has {hindrance}, so that it cannot be turned into PDF/A as it is. "
                "Ask for a plain searchable PDF, or send the page as an image."
            )


def mark(pdf: Pdf) -> None:
    """Write down that the document is PDF/A-2b, with the meaning of its colours."""
    for name in ACTIVE:
        if name in pdf.Root:
            del pdf.Root[name]
    profile = packed(pdf, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile.N = 3
    intent = Dictionary(
        Type=Name.OutputIntent, S=Name.GTS_PDFA1, OutputConditionIdentifier=String("sRGB"),
        Info=String("sRGB IEC61966-2.1"), DestOutputProfile=pdf.make_indirect(profile),
    )  # fmt: skip
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "2", "B"
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]  # its entries would have to agree with the metadata


def _hindrance(page: pikepdf.Page) -> str:
    if page.obj.get("/Annots") is not None:
        return "notes or form fields"
    for resources in _resources(page.obj.get("/Resources"), 0):
        if resources.get("/Font"):
            return "fonts"
        for image in resources.get("/XObject", Dictionary()).values():
            if image.get("/ColorSpace") == Name.DeviceCMYK:
                return "colours for print (CMYK)"
            if "/LZWDecode" in str(image.get("/Filter")):
                return "images in LZW code"
    return ""


def _resources(found: Object | None, depth: int) -> Iterator[Object]:
    """The resources of a page and of the forms in it."""
    if found is None or depth > MAX_DEPTH:
        return
    yield found
    for image in found.get("/XObject", Dictionary()).values():
        yield from _resources(image.get("/Resources"), depth + 1)
