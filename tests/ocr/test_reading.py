"""An engine begins while the ledger reserves; what may not be paid for is given up."""

import io
import time

import pytest

from billing.caps import CapReached
from billing.models import Kind, UsageCounter, UsageRecord
from billing.plans import Plan
from billing.usage import Payer
from ocr import reading
from ocr.reading import Options
from tests.chaos.workers import wait_until
from tests.fakes import engine_host

ENGINE_SECONDS = 5.0


@pytest.fixture
def slow_engine(tmp_path, settings):
    settings.ENGINE_SOCKET = str(tmp_path / "engines.sock")
    with engine_host.running(tmp_path / "engines.sock", seconds=ENGINE_SECONDS) as engine:
        yield engine


def test_a_page_for_which_the_room_is_gone_is_given_up_at_once_though_an_engine_has_begun(organization, slow_engine):
    payer = Payer(organization, "203.0.113.9")
    use_up(payer.plan, payer)
    started = time.monotonic()

    with pytest.raises(CapReached):
        reading.read(payer, io.BytesIO(b"page"), Options(), kind=Kind.PARSE)

    assert time.monotonic() - started < ENGINE_SECONDS
    assert not UsageRecord.objects.exists()
    wait_until(lambda: slow_engine.documents == [b"page"], seconds=30)


def test_scans_are_reserved_before_an_engine_begins(organization, slow_engine):
    payer = Payer(organization, "203.0.113.9")
    use_up(payer.plan, payer, kind=Kind.SCAN)

    with pytest.raises(CapReached):
        reading.read(payer, io.BytesIO(b"page"), Options(), kind=Kind.SCAN)

    assert slow_engine.documents == []


def use_up(plan: Plan, payer: Payer, kind: Kind = Kind.PARSE) -> None:
    """Another request was quicker."""
    limit = plan.parse_requests_a_month if kind == Kind.PARSE else plan.scans_a_month
    record = reading.usage.reserve(payer, kind)
    period = UsageCounter.objects.get(kind=kind, holder__startswith="organization:").period
    UsageCounter.objects.filter(kind=kind, period=period).update(used=limit)
    record.delete()
