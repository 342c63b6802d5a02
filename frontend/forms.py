"""What people enter on the pages."""

from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ocr.extraction.templates import TEMPLATES
from ocr.languages import LANGUAGES

AUTOMATIC, ONLY_TEXT = "automatic", "text"
ENGINES = {1: "Tesseract", 2: "PP-OCR", 3: _("Both, word by word")}
ALL_ENGINES = 0
MAX_DOCUMENTS = 20
SAMPLES = tuple(TEMPLATES)
# Other samples are in other languages: PP-OCR finds out which.
SAMPLES_IN_ENGLISH = ("invoice", "receipt")
SAMPLES_DIR = Path(__file__).resolve().parent / "static" / "samples"


class DocumentsInput(forms.FileInput):
    allow_multiple_selected = True


class DocumentsField(forms.FileField):
    """Any number of files; what several inputs of this name were given counts together."""

    widget = DocumentsInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(DocumentsField, self).clean(file) for file in data or [] if file is not None]


class ReadForm(forms.Form):
    """Documents and how to read them: files, or the name of one of our samples."""

    file = DocumentsField(
        label=_("Images or PDFs"),
        required=False,
        widget=DocumentsInput(attrs={"accept": "image/*,application/pdf,.pdf"}),
    )
    sample = forms.ChoiceField(choices=[(name, name) for name in SAMPLES], required=False)
    document_type = forms.ChoiceField(
        label=_("Document"),
        choices=[
            (AUTOMATIC, _("Automatic")),
            (ONLY_TEXT, _("Only text")),
            *((template.id, pgettext_lazy("kind", template.title)) for template in TEMPLATES.values()),
        ],
        initial=AUTOMATIC,
    )
    engine = forms.TypedChoiceField(
        label=_("Engine"),
        choices=[*ENGINES.items(), (ALL_ENGINES, _("All, side by side"))],
        coerce=int,
        initial=1,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        label=_("Language of the document"),
        choices=[
            (code, pgettext_lazy("language", language.name))
            for code, language in LANGUAGES.items()
            if language.engines & ENGINES.keys()
        ],
        initial="eng",
    )
    detect_orientation = forms.BooleanField(label=_("Turn pages that lie on their side"), required=False)
    searchable_pdf = forms.BooleanField(
        label=_("Make a searchable PDF, too"),
        required=False,
        help_text=_("Kept for one hour, under a name that nobody can guess."),
    )
    # Of the first document among those on the page: scripts send them one by one.
    number = forms.IntegerField(required=False, min_value=1, max_value=9999, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or {}
        if not self.errors and not entered["file"] and not entered["sample"]:
            self.add_error("file", _("Choose an image or a PDF first, or try one of the samples."))
        if not self.errors and len(entered["file"]) > MAX_DOCUMENTS:
            said = _("Choose at most %(most)d documents at a time.") % {"most": MAX_DOCUMENTS}
            self.add_error("file", said)
        if entered.get("sample") and entered["sample"] not in SAMPLES_IN_ENGLISH:
            entered |= {"engine": 2, "language": "auto"}
        return entered

    @property
    def first_error(self) -> str:
        """One sentence that says what to change."""
        return next(str(error) for errors in self.errors.values() for error in errors)
