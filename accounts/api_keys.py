"""API keys: made, found, limited, rolled, revoked. What one looks like: `key_format`."""

import calendar
from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit, key_format, unsynced
from accounts.audit import Actor
from accounts.errors import Forbidden, Invalid, NotFound
from accounts.key_limits import ALL, Limits
from accounts.models import ApiKey, KeyMonth, Organization, User
from accounts.prepared import Prepared
from accounts.unsynced import UNSYNCED

MAX_NAME_LENGTH = 100
MAX_OVERLAP = timedelta(days=30)
IDLE_AFTER = timedelta(days=30)
MAX_COUNT = 2**31 - 1
DAY_SECONDS = 86_400
# Asked with every request to an API.
_by_digest = Prepared(lambda: ApiKey.objects.select_related("organization").filter(digest=""))


class InvalidApiKey(Forbidden):
    """The key is mistyped or unknown."""

    code = "invalid_api_key"
    message = "The API key is not known. Copy it again, or create one on the dashboard's page of keys."


class InactiveApiKey(Forbidden):
    """The key was revoked, has expired, or rests with its organization."""

    code = "key_inactive"
    message = "The API key has been revoked. Create a new one on the dashboard's page of keys."


class KeyCapReached(Forbidden):
    """The key's own cap of requests a month is used up; details: limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The API key's own cap of {limit} requests a month is used up. Raise it on the page of keys, "
            "or wait for the next month.",
            limit=limit,
        )
        now = timezone.now()
        self.limit = limit
        self.seconds = calendar.monthrange(now.year, now.month)[1] * DAY_SECONDS
        self.retry_after_seconds = self.seconds - int((now - _month_start(now)).total_seconds())


def create(
    organization: Organization,
    *,
    name: str,
    created_by: User | None,
    limits: Limits = ALL,
    by: Actor | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the second value is the secret, which cannot be had again.

    Raises:
        Invalid: The name or a limit is wrong; details: field.
    """
    name = _checked_name(name)
    limits.check(now=timezone.now())
    with transaction.atomic():
        key, secret = _make(organization, name, created_by, limits)
        audit.record(
            organization,
            "key.created",
            by=by or Actor.of(created_by),
            subject=key.public_id,
            details={"name": name, "hint": key.hint, **limits.as_details()},
        )
    return key, secret


def find(secret: str) -> ApiKey:
    """The active key with this secret, its organization with it.

    Raises:
        InvalidApiKey: Mistyped or unknown.
        InactiveApiKey: Revoked, expired, or its organization is suspended or about to be deleted.
    """
    if not key_format.is_well_formed(secret):
        raise InvalidApiKey
    key = _by_digest.get(key_format.digest(secret))
    if key is None:
        raise InvalidApiKey
    if key.revoked_at:
        raise InactiveApiKey
    if key.expires_at and key.expires_at <= timezone.now():
        raise InactiveApiKey("The API key has expired. Create a new one on the dashboard's page of keys.")
    if key.organization.suspended_at:
        raise InactiveApiKey("The API key rests: its organization is suspended. Ask the operator of this site why.")
    if key.organization.deletion_due_at:
        raise InactiveApiKey("The API key rests: its organization is about to be deleted. An owner can keep it.")
    return key


def count_use(key: ApiKey, address: str) -> None:
    """Count one request in this month, and remember when and from where the key was last used.

    Raises:
        KeyCapReached: The month's cap of this key is used up; exact under any concurrency.
    """
    if not _count(key, month_of(timezone.now())):
        raise KeyCapReached(key.monthly_cap or 0)
    note_use(key, address)


def note_use(key: ApiKey, address: str | None = None) -> None:
    """Remember that the key was used now, and from where; at most one write a minute."""
    now = timezone.now()
    minute_ago = now - timedelta(minutes=1)
    if key.last_used_at is None or key.last_used_at < minute_ago:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=minute_ago)
        ApiKey.objects.filter(stale, id=key.id).update(last_used_at=now, last_used_address=address)


def change(organization: Organization, public_id: str, *, name: str, limits: Limits, by: Actor) -> ApiKey:
    """Give a key another name or other limits; they hold from the next request on.

    Raises:
        NotFound: No such key in this organization.
        Invalid: As `create`.
        InactiveApiKey: It is revoked.
    """
    name = _checked_name(name)
    limits.check(now=timezone.now())
    with transaction.atomic():
        if not _active(organization, public_id).update(name=name, **limits.as_fields()):
            _demand(organization, public_id)
            raise InactiveApiKey("The key is revoked; create a new one instead of changing it.")
        audit.record(
            organization, "key.changed", by=by, subject=public_id, details={"name": name, **limits.as_details()}
        )
    return organization.keys.get(public_id=public_id)


def roll(organization: Organization, public_id: str, *, overlap: timedelta, by: Actor) -> tuple[ApiKey, str]:
    """Replace a key by one with the same limits; the old one works on for `overlap`.

    Raises:
        NotFound: No such key in this organization.
        InactiveApiKey: It is revoked, has expired, or was rolled before.
        Invalid: The overlap is longer than 30 days.
    """
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise Invalid(f"The old key can work on for at most {MAX_OVERLAP.days} days.", field="overlap")
    now = timezone.now()
    end = now + overlap
    with transaction.atomic():
        # One owner's rolls, one after the other: the same key is never replaced twice.
        Organization.objects.select_for_update().get(id=organization.id)
        old = _demand(organization, public_id)
        if old.revoked_at or (old.expires_at and old.expires_at <= now) or old.successors.exists():
            raise InactiveApiKey("Only an active key that was not rolled before can be rolled.")
        limits = Limits.of(old)
        key, secret = _make(organization, old.name, old.created_by, limits)
        organization.keys.filter(id=key.id).update(replaces=old)
        organization.keys.filter(id=old.id).update(expires_at=min(end, old.expires_at or end))
        details = {"successor": key.public_id, "overlap_hours": overlap // timedelta(hours=1)}
        audit.record(organization, "key.rolled", by=by, subject=public_id, details=details)
    return key, secret


def revoke(organization: Organization, public_id: str, *, by: Actor = audit.SYSTEM) -> ApiKey:
    """Switch a key off for good; revoking it again changes nothing.

    Raises:
        NotFound: No such key in this organization.
    """
    with transaction.atomic():
        if _active(organization, public_id).update(revoked_at=timezone.now()):
            audit.record(organization, "key.revoked", by=by, subject=public_id)
    return _demand(organization, public_id)


def revoke_found(text: str, *, address: str) -> list[ApiKey]:
    """Revoke every key of ours that stands in `text`, whoever found it; returns those that were active.

    Holding the secret is the right to end it: whoever has it could do worse with it.
    """
    digests = [key_format.digest(secret) for secret in key_format.found_in(text)]
    keys = list(ApiKey.objects.filter(digest__in=digests, revoked_at=None).select_related("organization"))
    for key in keys:
        revoke(key.organization, key.public_id, by=Actor("somebody who found the key", address))
    return keys


def hints(key: ApiKey, *, now: datetime) -> list[str]:
    """What an owner should look at: never_used, idle, no_expiry, expires_soon, in_urls."""
    if key.revoked_at or (key.expires_at and key.expires_at <= now):
        return []
    last = key.last_used_at or key.created_at
    found = {
        "never_used": key.last_used_at is None,
        "idle": last < now - IDLE_AFTER,
        "no_expiry": key.expires_at is None,
        "expires_soon": key.expires_at is not None and key.expires_at < now + timedelta(days=7),
    }
    return [hint for hint, holds in found.items() if holds]


def month_of(now: datetime) -> str:
    return now.strftime("%Y-%m")


def _month_start(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("Give the key a name, such as the program that will use it.", field="name")
    if len(name) > MAX_NAME_LENGTH:
        raise Invalid(f"A key's name has at most {MAX_NAME_LENGTH} characters.", field="name")
    return name


def _make(organization: Organization, name: str, created_by: User | None, limits: Limits) -> tuple[ApiKey, str]:
    secret = key_format.generate()
    key = organization.keys.create(
        name=name,
        created_by=created_by,
        digest=key_format.digest(secret),
        hint=key_format.hint(secret),
        **limits.as_fields(),
    )
    return key, secret


def _count(key: ApiKey, month: str) -> bool:
    table = connection.ops.quote_name(KeyMonth._meta.db_table)
    counted = unsynced.run(
        f"INSERT INTO {table} (organization_id, key_id, month, requests) SELECT %s, %s, %s, 1 WHERE {UNSYNCED} "
        f"ON CONFLICT (key_id, month) DO UPDATE SET requests = {table}.requests + 1 "
        f"WHERE {table}.requests < %s RETURNING requests",
        [key.organization_id, key.id, month, key.monthly_cap or MAX_COUNT],
    )
    return bool(counted)


def _active(organization: Organization, public_id: str) -> "models.QuerySet[ApiKey]":
    return organization.keys.filter(public_id=public_id, revoked_at=None)


def _demand(organization: Organization, public_id: str) -> ApiKey:
    key = organization.keys.filter(public_id=public_id).first()
    if key is None:
        raise NotFound("There is no such key. It may belong to another organization.")
    return key
