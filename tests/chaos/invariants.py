"""What must hold after every fault. One checker for all of them; it returns what it finds wrong.

The numbers are those of the reliability table: I1 nothing is lost or left; I2 a done page has one result and
one unit; I3 a failed one none; I5 each end is told, once; I6 files and rows agree; I7 nobody holds anything.
(I4, units at the payment provider, is checked where billing is; I8, answers, where requests are made.)
"""

from collections import Counter
from collections.abc import Iterable

from django.core.files.storage import default_storage

from accounts.models import Organization
from billing import usage
from billing.models import Kind, UsageRecord
from billing.usage import Payer
from frontend.operation import moving
from ocr.models import Job, StoredFile, WebhookDelivery, WebhookEvent


def violations(organization: Organization, accepted: Iterable[str], received: Iterable[str] | None = None) -> list[str]:
    """Everything that is wrong.

    Args:
        accepted: Ids of the jobs that uploads were answered with.
        received: Ids of the events that the webhook's receiver got; None where there is no webhook.
    """
    jobs = list(organization.jobs.select_related("row"))
    found = [*_lost(jobs, set(accepted)), *_charges(organization, jobs), *_files(organization)]
    if received is not None:
        found += _told(organization, jobs, set(received))
    return found


def _lost(jobs: list[Job], accepted: set[str]) -> list[str]:
    known = {job.public_id for job in jobs}
    found = [f"I1 {public_id} was accepted and is not there" for public_id in accepted - known]
    found += [f"I1 {job.public_id} was not accepted" for job in jobs if job.public_id not in accepted]
    for job in jobs:
        if not job.is_finished:
            found.append(f"I1 {job.public_id} is still {job.status}")
        if job.status == "failed" and not job.error_code:
            found.append(f"I1 {job.public_id} failed without a reason")
        if job.worker or job.lease_until:
            found.append(f"I7 {job.public_id} is held by {job.worker}")
        if job.status != job.row.status:
            found.append(f"I2 {job.public_id} is {job.status}, its row {job.row.status}")
        if job.status == "done" and not job.row.values:
            found.append(f"I2 {job.public_id} has no result")
    return found


def _charges(organization: Organization, jobs: list[Job]) -> list[str]:
    records = UsageRecord.objects.filter(organization=organization, subject__startswith="job_")
    settled = Counter[str]()
    for record in records.filter(status="settled"):
        settled[record.subject.split(".")[0]] += record.units
    found = [f"I2 {record.subject} is still reserved" for record in records.filter(status="reserved")]
    for job in jobs:
        expected = 1 if job.status == "done" else 0
        if settled[job.public_id] != expected:
            found.append(f"I{3 - expected} {job.public_id} is {job.status} and cost {settled[job.public_id]}")
    counted = usage.used(Payer(organization, ""), Kind.SCAN)
    if counted != sum(settled.values()):
        found.append(f"I2 the counter says {counted}, the records {sum(settled.values())}")
    return found


def _files(organization: Organization) -> list[str]:
    names = set(StoredFile.objects.filter(organization=organization).values_list("storage_name", flat=True))
    stored = set(moving.names(default_storage, organization.public_id))
    return [f"I6 {name} has no bytes" for name in names - stored] + [
        f"I6 {name} is nobody's" for name in stored - names
    ]


def _told(organization: Organization, jobs: list[Job], received: set[str]) -> list[str]:
    ends = WebhookEvent.objects.filter(organization=organization, type__in=["ocr.completed", "ocr.failed"])
    ids = set(ends.values_list("public_id", flat=True))
    found = [f"I5 {one} was never received" for one in ids - received]
    if len(ids) != len(jobs):
        found.append(f"I5 {len(jobs)} jobs ended and {len(ids)} events say so")
    waiting = WebhookDelivery.objects.filter(organization=organization, status="pending").count()
    return [*found, f"I5 {waiting} deliveries wait"] if waiting else found
