"""What the ledger's codes are called on pages: doors, outcomes, keys and sheets, in the reader's language."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization

DOORS: Mapping[str, str | Promise] = {
    "parse": gettext_lazy("Parse API"),
    "fields": "/ocr/fields",
    "text": "/ocr/text",
    "upload": "/upload",
    "web": gettext_lazy("Pages of this site"),
    "": gettext_lazy("Pages of this site"),
}
# By the code that a reservation was settled or given back with. `tests/frontend/test_usage_names.py` looks for others.
OUTCOMES: Mapping[str, str | Promise] = {
    "read": gettext_lazy("Read"),
    "nothing_read": gettext_lazy("Nothing was read."),
    "not_read": gettext_lazy("It was never read."),
    "no_text": gettext_lazy("No text was found on the page."),
    "no_document": gettext_lazy("No document of the kind that was asked for was found."),
    "no_such_page": gettext_lazy("The document has no such page."),
    "invalid_image": gettext_lazy("The file is no image or PDF that can be read."),
    "unrecognized_type": gettext_lazy("The file is of no type that is read."),
    "damaged": gettext_lazy("The file is damaged."),
    "encrypted": gettext_lazy("The PDF is locked by a password."),
    "too_many_pixels": gettext_lazy("The image has too many pixels."),
    "file_too_large": gettext_lazy("The file is larger than the plan takes."),
    "url_refused": gettext_lazy("The address could not be fetched."),
    "not_archivable": gettext_lazy("No searchable PDF could be made of the document."),
    "timeout": gettext_lazy("Reading took too long and was given up."),
    "busy": gettext_lazy("All engines were busy."),
    "ocr_engine_error": gettext_lazy("The engine failed on the page."),
    "process_died": gettext_lazy("Our process ended before the page was read."),
    "internal_error": gettext_lazy("Something went wrong on our side."),
    "unavailable": gettext_lazy("A part of the service could not answer."),
    "cancelled": gettext_lazy("The job was cancelled."),
    "removed": gettext_lazy("The row was removed before it was read."),
}


def outcome(code: str) -> str:
    """Why something was charged or not, as a sentence."""
    return str(OUTCOMES.get(code, "")) or _("It was refused (%(code)s).") % {"code": code}


def door(code: str) -> str:
    """Through which door it came."""
    return str(DOORS.get(code, code))


def of(dimension: str, organization: Organization) -> Callable[[str], str]:
    """How to call the values of a dimension of `billing.reports`: key, endpoint, sheet, outcome."""
    if dimension == "key":
        return _from(dict(organization.keys.values_list("public_id", "name")), _("Pages of this site"))
    if dimension == "sheet":
        return _from(dict(organization.items.values_list("unique_key", "name")), _("No sheet"))
    return outcome if dimension == "outcome" else door


def _from(names: Mapping[str, str], without: str) -> Callable[[str], str]:
    """By id; what is deleted keeps its id, what had none has words."""
    return lambda id_: names.get(id_) or id_ or without
