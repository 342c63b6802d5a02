"""The plan table, read from one file. Pure: no Django, no database."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

from accounts.errors import NotFound


@dataclass(frozen=True)
class Plan:
    """What one plan includes. None means: no such limit.

    Attributes:
        price: Monthly, by currency code, in minor units.
        further_scan_price: Of each scan past the included ones, by currency, in minor units.
        file_bytes: The largest upload.
        pdf_pages: The most pages of one document that are read.
        requests_a_minute: To the Workspace API, by the whole organization.
        is_sold: Customers may choose it themselves; others are given by staff.
    """

    id: str
    name: str
    file_bytes: int
    pdf_pages: int
    has_watermark: bool
    price: Mapping[str, int] = field(default_factory=dict)
    further_scan_price: Mapping[str, int] = field(default_factory=dict)
    scans_a_month: int | None = None
    sheets: int | None = None
    storage_bytes: int | None = None
    parse_requests_a_month: int | None = None
    parse_requests_a_day_for_one_address: int | None = None
    requests_a_minute: int | None = None
    requests_a_minute_for_one_key: int | None = None
    is_sold: bool = False


class UnknownPlan(NotFound):
    """No such id in the plan table."""

    code = "unknown_plan"


class BrokenPlanTable(ValueError):
    """The file cannot be used; the message names the plan and the entry."""


@cache
def table(file: Path) -> Mapping[str, Plan]:
    """All plans by id, in the order of the file.

    Raises:
        BrokenPlanTable: Not TOML, an unknown, missing or impossible entry, or no plan `free`.
    """
    try:
        raw = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BrokenPlanTable(f"The plan table cannot be read: {error}") from error
    plans = {plan_id: _plan(plan_id, entries) for plan_id, entries in raw.items()}
    if "free" not in plans:
        raise BrokenPlanTable("The plan table has no plan [free]; new organizations start there.")
    return plans


def get(file: Path, plan_id: str) -> Plan:
    """One plan.

    Raises:
        UnknownPlan: The table has no such id; the message lists those it has.
    """
    plans = table(file)
    if plan_id not in plans:
        raise UnknownPlan(f"There is no plan {plan_id!r}. Choose one of: {', '.join(plans)}.")
    return plans[plan_id]


def largest_file_bytes(file: Path) -> int:
    """What the most generous plan takes as one file."""
    return max(plan.file_bytes for plan in table(file).values())


def _plan(plan_id: str, entries: object) -> Plan:
    if not isinstance(entries, dict):
        raise BrokenPlanTable(f"Plan table: {plan_id!r} is no table. Begin a plan with [{plan_id}].")
    unknown = set(entries) - {entry.name for entry in fields(Plan)} | set(entries) & {"id"}
    if unknown:
        raise BrokenPlanTable(f"Plan {plan_id!r} has unknown entries: {', '.join(sorted(unknown))}.")
    for name, value in entries.items():
        if not _fits(name, value):
            raise BrokenPlanTable(f"Plan {plan_id!r}: {name} is {value!r}. {_WANTED.get(name, _NUMBER)}")
    try:
        return Plan(id=plan_id, **entries)
    except TypeError as error:
        raise BrokenPlanTable(f"Plan {plan_id!r} lacks an entry: {error}.") from None


_NUMBER = "Write a whole number, 0 or more."
_WANTED = {
    "name": 'Write a text such as "Free".',
    "has_watermark": "Write true or false.",
    "is_sold": "Write true or false.",
    "price": "Write whole numbers of minor units, such as { usd = 1900 }.",
    "further_scan_price": "Write whole numbers of minor units, such as { usd = 5 }.",
}


def _fits(name: str, value: object) -> bool:
    if name == "name":
        return isinstance(value, str)
    if name in ("has_watermark", "is_sold"):
        return isinstance(value, bool)
    numbers = list(value.values()) if isinstance(value, dict) and name in _WANTED else [value]
    return all(type(number) is int and number >= 0 for number in numbers)
