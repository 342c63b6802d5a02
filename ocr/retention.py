"""What is no longer kept: organizations that were closed, and what is older than an organization keeps it."""

import logging
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts import audit, tenancy
from accounts.audit import SYSTEM
from accounts.models import DeletionReceipt, KeyMonth, Organization
from billing import closing
from ocr import files, tenant_rows
from ocr.models import Job, Row, StoredFile

log = logging.getLogger("spocr.retention")
BATCH_ROWS = 500
KEEP_KEY_MONTHS = timedelta(days=400)
ACTIVE = ("pending", "processing")


def delete_due_organizations() -> int:
    """Delete every organization whose time has come; returns how many. One that fails is tried again next time."""
    deleted = 0
    for organization in Organization.objects.filter(deletion_due_at__lte=timezone.now()):
        try:
            delete(organization)
        except Exception:
            log.exception("The organization %s could not be deleted", organization.public_id)
        else:
            deleted += 1
    return deleted


def delete(organization: Organization) -> DeletionReceipt:
    """Delete all files, then all rows, and write the receipt. Ended in between, it can be begun again.

    Raises:
        PaymentsDown: A subscription could not be ended; nothing is deleted yet.
    """
    closing.cancel_now(organization)
    names = list(tenant_rows.files(organization))
    for name in names:
        default_storage.delete(name)
    with transaction.atomic():
        counted = {rows.model._meta.label: rows.count() for rows in tenant_rows.of(organization)}
        for rows in tenant_rows.of(organization):
            if rows.model in tenant_rows.BY_HOLDER:
                rows.delete()
        receipt = DeletionReceipt.objects.create(public_id=organization.public_id, rows=counted, files=len(names))
        _delete_set_free(organization)
        organization.delete()
    return receipt


def sweep() -> None:
    """Delete what is older than each organization keeps it."""
    chosen = Organization.objects.exclude(keep_images_days=None, keep_results_days=None)
    for organization in chosen.iterator():
        with tenancy.only(organization):
            if organization.keep_results_days is not None:
                _forget_rows(organization, organization.keep_results_days)
            if organization.keep_images_days is not None:
                _forget_images(organization, organization.keep_images_days)
    audit.forget_old()
    oldest = (timezone.now() - KEEP_KEY_MONTHS).strftime("%Y-%m")
    KeyMonth.objects.filter(month__lt=oldest).delete()


def _forget_rows(organization: Organization, days: int) -> None:
    old = Row.objects.filter(organization=organization, created_at__lt=timezone.now() - timedelta(days=days))
    deleted = 0
    # A row that is still read is left until it is done.
    while ids := list(old.exclude(status__in=ACTIVE).values_list("id", flat=True)[:BATCH_ROWS]):
        with transaction.atomic():
            rows = Row.objects.filter(organization=organization, id__in=ids)
            shown = [file_id for file_id in rows.values_list("file_id", flat=True) if file_id]
            rows.delete()
            files.remove_unused(organization, shown)
        deleted += len(ids)
    if deleted:
        audit.record(organization, "retention.results", by=SYSTEM, details={"rows": deleted})


def _forget_images(organization: Organization, days: int) -> None:
    waiting = Job.objects.filter(row__file=OuterRef("id"), status__in=ACTIVE)
    old = StoredFile.objects.filter(
        ~Exists(waiting), organization=organization, created_at__lt=timezone.now() - timedelta(days=days)
    )
    deleted = 0
    for file in old.iterator():
        # The bytes first: a row without bytes is tried again, bytes without a row would stay for ever.
        default_storage.delete(file.storage_name)
        file.delete()
        deleted += 1
    if deleted:
        audit.record(organization, "retention.images", by=SYSTEM, details={"files": deleted})


def _delete_set_free(organization: Organization) -> None:
    # Rows that would only lose their organization's name when it goes, such as a PDF waiting to be fetched.
    for rows in tenant_rows.of(organization):
        if rows.model not in tenant_rows.BY_HOLDER and rows.model._meta.get_field("organization").null:
            rows.delete()
