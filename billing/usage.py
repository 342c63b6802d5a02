"""The only writer of usage: reserve before reading, settle after, release on failure.

A cap is held by one guarded write to its counter, so that any number of processes can ask
at once and exactly as many pass as the cap allows. Whatever is not settled is given back: at
once when the reading fails, by the sweep when the whole process died.

Which scans are billed beyond the plan is decided when they are settled, under the lock of the
counter: the first ones to succeed are the included ones, whoever asked first.

Every act locks counters before records, so that no two wait for each other. What happens with
every page, reserving and settling within the plan, is one chain of statements (`chained`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.errors import SpocrError
from accounts.models import Organization
from billing import chained, charges, rollups, terms
from billing.caps import Cap, CapReached, Holder, caps_of, counter, counters_of, refusal, taking
from billing.chained import AFTER, Step
from billing.models import Kind, UsageRecord
from billing.plans import Plan

__all__ = ["Cap", "CapReached", "Payer", "charged", "demand_room", "release", "reserve", "settle"]

# Longer than any request may wait and read.
STALE_AFTER = timedelta(minutes=30)
# Longer than any job may wait, even behind a long outage.
STALE_JOB_AFTER = timedelta(days=3)
READ, DIED, CRASHED = "read", "process_died", "internal_error"


@dataclass(frozen=True)
class Payer:
    """Who a reading is for: an organization, or a visitor known by an address only.

    Attributes:
        key: Public id of the API key that asked; "" for the pages.
        endpoint: Through which door: parse, fields, text, upload, web.
        sheet: Unique key of the sheet that it is read into, if any.
    """

    organization: Organization | None
    address: str
    key: str = ""
    endpoint: str = ""
    sheet: str = ""

    @property
    def plan(self) -> Plan:
        return terms.plan_of(self.organization)


@dataclass
class Charge:
    """A reservation while its work is done. Set `units` to what was really done; 0 is free."""

    record: UsageRecord
    units: int


@contextmanager
def charged(payer: Payer, kind: Kind, *, engine: int = 1, units: int = 1) -> Iterator[Charge]:
    """Reserve for the length of the block; settle when it ends well, else give everything back.

    Raises:
        CapReached: Before the block is entered.
    """
    charge = Charge(reserve(payer, kind, engine=engine, units=units), units)
    try:
        yield charge
    except BaseException as error:
        release(charge.record, reason=error.code if isinstance(error, SpocrError) else CRASHED)
        raise
    settle(charge.record, units=charge.units)


def reserve(payer: Payer, kind: Kind, *, engine: int = 1, units: int = 1, subject: str = "") -> UsageRecord:
    """Take units out of every cap that applies, all or none.

    Args:
        subject: Id of what is paid for; the database refuses a second record for it.

    Raises:
        CapReached: The first cap that would be passed; nothing is taken.
    """
    return _reserve(payer, kind, engine=engine, units=units, subjects=[subject])[0]


def reserve_each(payer: Payer, kind: Kind, *, engine: int = 1, subjects: Sequence[str]) -> list[UsageRecord]:
    """Reserve one unit for each subject, all or none, as a record of its own. Raises as `reserve`."""
    return _reserve(payer, kind, engine=engine, units=1, subjects=subjects) if subjects else []


def _reserve(payer: Payer, kind: Kind, *, engine: int, units: int, subjects: Sequence[str]) -> list[UsageRecord]:
    now = timezone.now()
    caps = caps_of(_holder(payer), kind, now)
    by_address = any(cap.holder.startswith("address:") for cap in caps)
    alike = UsageRecord(
        organization=payer.organization,
        address=payer.address if by_address else None,
        kind=kind,
        period=caps[0].period,
        units=units,
        included_units=caps[0].limit,
        engine=engine,
        key=payer.key,
        endpoint=payer.endpoint,
        sheet=payer.sheet,
        created_at=now,
    )
    steps = [*(taking(cap, units * len(subjects)) for cap in caps), _insertion(alike, subjects)]
    # A refusal by the only cap has taken nothing that would have to be given back.
    ids: dict[str, int] = dict((chained.run if len(caps) == 1 else chained.run_whole)(steps))
    if not ids:
        raise refusal(caps, units * len(subjects))
    return [_copy(alike, subject, ids[subject]) for subject in subjects]


def demand_room(payer: Payer, kind: Kind) -> None:
    """Refuse early, before a request is even understood, when a cap is full; `reserve` is what holds it.

    Raises:
        CapReached
    """
    for cap in caps_of(_holder(payer), kind, timezone.now()):
        if cap.room(counted := counter(cap)) == 0:
            raise CapReached(cap, counted, requested=1)


def settle(record: UsageRecord, *, units: int) -> bool:
    """Make a reservation final at `units`, giving the rest back. False: it was no longer reserved.

    All or nothing: the record, its counters, the part that is billed, notices and sums.
    """
    if units == 0:
        return release(record, reason="nothing_read")
    if (steps := settling_included(record, units)) and chained.run(steps):
        return True
    return _settle_closely(record, units)


def settling_included(record: UsageRecord, units: int) -> list[Step]:
    """Steps that settle what is not billed beyond the plan, for a chain; none where they would not do.

    As a whole they change everything or nothing; where they change nothing, `settle` finds out why.
    """
    if record.organization_id is not None and record.kind == Kind.SCAN:
        return charges.settling_included(record, units, _finishing(record, units))
    if units != record.units:
        return []
    return [_finishing(record, units), *rollups.adding(record, outcome=READ, charged=units)]


def _settle_closely(record: UsageRecord, units: int) -> bool:
    """The long way, with every lock: where scans are billed, somebody must be told, or part is given back."""
    with transaction.atomic():
        _lock_counters(record)
        if not _lock(record):
            return False
        overage = charges.charge_scans(record, units)
        if units < record.units:
            _give_back(record, record.units - units)
        _finish(record, status=UsageRecord.Status.SETTLED, units=units, overage_units=overage, outcome=READ)
        rollups.add(record, outcome=READ, charged=units, overage=overage)
    return True


def release(record: UsageRecord, *, reason: str = "not_read") -> bool:
    """Give a reservation back to its caps. False: it was settled or released before.

    Args:
        reason: Code of the error that made it free; shown to the customer.
    """
    with transaction.atomic():
        _lock_counters(record)
        if not _lock(record):
            return False
        _give_back(record, record.units)
        _finish(record, status=UsageRecord.Status.RELEASED, outcome=reason[:40])
        rollups.add(record, outcome=reason[:40], free=record.units)
    return True


def release_stale() -> int:
    """Give back what requests reserved whose process died; returns how many.

    A job's reservation names the job as its subject: the queue of jobs finishes those, however late.
    """
    now, reserved = timezone.now(), Q(status=UsageRecord.Status.RESERVED)
    stale = UsageRecord.objects.filter(
        reserved & (Q(subject="", created_at__lt=now - STALE_AFTER) | Q(created_at__lt=now - STALE_JOB_AFTER))
    )
    return sum(release(record, reason=DIED) for record in stale.iterator())


def used(payer: Payer, kind: Kind) -> int:
    """Units taken in the current period: the organization's cycle or month, or the visitor's day."""
    return counter(caps_of(_holder(payer), kind, timezone.now())[0]).used


def remaining(payer: Payer, kind: Kind) -> int | None:
    """Units left in the current period, those that would be billed included; None without a limit."""
    cap = caps_of(_holder(payer), kind, timezone.now())[0]
    return cap.room(counter(cap))


def ends_at(payer: Payer, kind: Kind) -> datetime:
    """When the current period ends and counting begins anew."""
    return caps_of(_holder(payer), kind, timezone.now())[0].ends_at


def _holder(payer: Payer) -> Holder:
    return Holder(payer.organization, payer.address)


def _insertion(alike: UsageRecord, subjects: Sequence[str]) -> Step:
    """A record like this for each subject; gives subjects and ids."""
    fields, values = _stored_fields(), _stored(alike)
    places = ", ".join("subjects.column1" if field.column == "subject" else chained.place_of(field) for field in fields)
    listed = ", ".join(["(%s)"] * len(subjects))
    return Step(
        f"INSERT INTO billing_usagerecord ({', '.join(values)}) "  # noqa: S608 - our own columns
        f"SELECT {places} FROM (VALUES {listed}) subjects WHERE {AFTER} RETURNING subject, id",
        [*(value for column, value in values.items() if column != "subject"), *subjects],
    )


def _stored(record: UsageRecord) -> dict[str, object]:
    """Column by column as the database takes it."""
    return {
        str(field.column): field.get_db_prep_save(getattr(record, field.attname), connection)
        for field in _stored_fields()
    }


def _stored_fields() -> "list[models.Field[Any, Any]]":
    return [field for field in UsageRecord._meta.concrete_fields if not field.primary_key]


def _copy(alike: UsageRecord, subject: str, id_: int) -> UsageRecord:
    record = copy(alike)
    record.id, record.subject, record._state = id_, subject, copy(alike._state)
    record._state.adding = False
    return record


def _finishing(record: UsageRecord, units: int) -> Step:
    """Settle a record within what is included, if it is still reserved."""
    settled_at = connection.ops.adapt_datetimefield_value(timezone.now())
    return Step(
        "UPDATE billing_usagerecord SET status = 'settled', units = %s, outcome = %s, settled_at = %s "  # noqa: S608
        f"WHERE id = %s AND status = 'reserved' AND {AFTER} RETURNING id",
        [units, READ, settled_at, record.id],
    )


def _lock_counters(record: UsageRecord) -> None:
    """Hold what the record was taken from until the transaction ends."""
    for taken_from in counters_of(record):
        taken_from.select_for_update().first()


def _lock(record: UsageRecord) -> bool:
    """Hold the row until the transaction ends; False: somebody finished it before."""
    reserved = UsageRecord.objects.select_for_update().filter(id=record.id, status=UsageRecord.Status.RESERVED)
    return bool(reserved.values_list("id", flat=True))


def _finish(record: UsageRecord, **fields: object) -> None:
    UsageRecord.objects.filter(id=record.id).update(settled_at=timezone.now(), **fields)


def _give_back(record: UsageRecord, units: int) -> None:
    for taken_from in counters_of(record):
        taken_from.update(used=F("used") - units)
