"""Every row of an organization, found from the model registry, so that no table can be forgotten."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from accounts.models import Organization
from billing.models import UsageCounter
from ocr.models import RateWindow

OURS = ("accounts", "billing", "ocr")
# Rows that name their organization, or its keys, in a text.
BY_HOLDER: tuple[type[models.Model], ...] = (UsageCounter, RateWindow)


def tables() -> list[type[models.Model]]:
    """The models whose rows belong to an organization."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in OURS and any(field.name == "organization" for field in model._meta.concrete_fields)
    ]


def of(organization: Organization) -> Iterator["models.QuerySet[Any]"]:
    """The organization's rows, table by table."""
    for model in tables():
        yield model._base_manager.filter(organization=organization)
    holders = Q(holder=f"organization:{organization.id}")
    for key_id in organization.keys.values_list("id", flat=True):
        holders |= Q(holder=f"key:{key_id}")
    for model in BY_HOLDER:
        yield model._base_manager.filter(holders)


def files(organization: Organization) -> Iterator[str]:
    """Names in the default storage of everything that the organization's rows keep there."""
    for model in tables():
        if hasattr(model, "storage_name") or any(field.name == "storage_name" for field in model._meta.concrete_fields):
            rows: Iterator[Any] = model._base_manager.filter(organization=organization).iterator()
            yield from (row.storage_name for row in rows)
