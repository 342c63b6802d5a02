"""Templates that a request may name: the built-in ones, and the organization's own.

An organization's own template is a sheet with columns of its own: its uniqueKey names it, its columns are the fields.
"""

from typing import Any

from accounts.models import Organization
from ocr.extraction.fields import Field
from ocr.extraction.templates import TEMPLATES, Template
from ocr.models import Item


def all_of(organization: Organization) -> list[Template]:
    """The built-in templates, then the organization's own by name."""
    return [*TEMPLATES.values(), *(_from_sheet(sheet) for sheet in _sheets(organization).order_by("name", "id"))]


def find(organization: Organization, template_id: str) -> Template | None:
    """The template with this id, of those that the organization may use."""
    if known := TEMPLATES.get(template_id):
        return known
    sheet = _sheets(organization).filter(unique_key=template_id).first()
    return _from_sheet(sheet) if sheet else None


def field_of(column: dict[str, Any]) -> Field:
    """A sheet's column as the extractor knows it."""
    children = tuple(field_of(child) for child in column.get("children", ()))
    return Field(column["name"], column["type"], column.get("description", ""), children)


def _sheets(organization: Organization) -> Any:
    # A leading dot: it is being removed.
    return organization.items.filter(kind=Item.Kind.SHEET, template_id="").exclude(name__startswith=".")


def _from_sheet(sheet: Item) -> Template:
    return Template(sheet.unique_key, sheet.name, tuple(field_of(column) for column in sheet.columns))
