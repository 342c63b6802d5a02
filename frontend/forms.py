"""What people enter on the pages."""

from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ocr.languages import LANGUAGES

AUTOMATIC, ONLY_TEXT = "automatic", "text"
ENGINES = {1: "Tesseract", 2: "PP-OCR", 3: "Both, word by word"}
SAMPLES = ("invoice", "receipt")
SAMPLES_DIR = Path(__file__).resolve().parent / "static" / "samples"


class ReadForm(forms.Form):
    """A document and how to read it: a file, or the name of one of our samples."""

    file = forms.FileField(
        label=_("Image or PDF"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf,.pdf"}),
    )
    sample = forms.ChoiceField(choices=[(name, name) for name in SAMPLES], required=False)
    document_type = forms.ChoiceField(
        label=_("Document"),
        choices=[
            (AUTOMATIC, _("Automatic")),
            (ONLY_TEXT, _("Only text")),
            ("receipt", _("Receipt")),
            ("invoice", _("Invoice")),
        ],
        initial=AUTOMATIC,
        widget=forms.RadioSelect,
    )
    engine = forms.TypedChoiceField(
        label=_("Engine"),
        choices=list(ENGINES.items()),
        coerce=int,
        initial=1,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        label=_("Language of the document"),
        choices=[(code, language.name) for code, language in LANGUAGES.items() if language.engines & ENGINES.keys()],
        initial="eng",
    )

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or {}
        if not self.errors and not entered["file"] and not entered["sample"]:
            self.add_error("file", _("Choose an image or a PDF first, or try one of the samples."))
        return entered

    @property
    def first_error(self) -> str:
        """One sentence that says what to change."""
        return next(str(error) for errors in self.errors.values() for error in errors)
