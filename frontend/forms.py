"""What people enter on the pages."""

from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ocr.extraction.templates import TEMPLATES
from ocr.languages import LANGUAGES

AUTOMATIC, ONLY_TEXT = "automatic", "text"
ENGINES = {1: "Tesseract", 2: "PP-OCR", 3: "Both, word by word"}
SAMPLES = tuple(TEMPLATES)
# Other samples are in other languages: PP-OCR finds out which.
SAMPLES_IN_ENGLISH = ("invoice", "receipt")
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
            *((template.id, template.title) for template in TEMPLATES.values()),
        ],
        initial=AUTOMATIC,
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
        if entered.get("sample") and entered["sample"] not in SAMPLES_IN_ENGLISH:
            entered |= {"engine": 2, "language": "auto"}
        return entered

    @property
    def first_error(self) -> str:
        """One sentence that says what to change."""
        return next(str(error) for errors in self.errors.values() for error in errors)
