"""A row in every table of a tenant, made from the models themselves, so that no table is forgotten."""

import secrets
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone

from accounts.models import Organization, User
from ocr import tenant_rows

MARK = "marker-of-"


def fill(organization: Organization, user: User) -> dict[type[models.Model], models.Model]:
    """One row of each tenant model, its texts marked with the organization's id; a file where it names one."""
    made: dict[type[models.Model], models.Model] = {Organization: organization, User: user}
    for model in tenant_rows.tables():
        _row(model, organization, made)
    for row in made.values():
        if name := getattr(row, "storage_name", ""):
            default_storage.save(name, ContentFile((MARK + organization.public_id).encode()))
    return made


def _row(model: type[models.Model], organization: Organization, made: dict[Any, Any]) -> models.Model:
    if model not in made:
        existing = model._base_manager.filter(organization=organization).first() if model is not Organization else None
        values = {
            field.name: _value(field, organization, made)
            for field in model._meta.concrete_fields
            if not field.primary_key and (not field.has_default() or isinstance(field, models.ForeignKey))
        }
        made[model] = existing or model._base_manager.create(**values)
    return made[model]


def _value(field: Any, organization: Organization, made: dict[Any, Any]) -> Any:
    if isinstance(field, models.ForeignKey | models.OneToOneField):
        if field.related_model is field.model:
            return None
        return _row(field.related_model, organization, made)
    if field.name in ("revoked_at", "accepted_at", "deletion_due_at"):
        return None
    return _plain(field, organization)


def _plain(field: Any, organization: Organization) -> Any:  # noqa: PLR0911 - one for each kind
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.DateTimeField):
        return timezone.now() + timedelta(hours=1)
    if isinstance(field, models.DateField):
        return timezone.now().date()
    if isinstance(field, models.GenericIPAddressField):
        return "192.0.2.1"
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.IntegerField | models.DecimalField):
        return 1
    if isinstance(field, models.JSONField):
        return {}
    text = f"{MARK}{organization.public_id}-{secrets.token_hex(4)}"
    return text[-field.max_length :] if field.max_length else text
