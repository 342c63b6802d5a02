"""PostgreSQL stops at once in the middle of the work and comes back; no worker is restarted."""

from tests.chaos.alone import outcome_of


def test_workers_go_on_by_themselves_when_postgresql_is_back():
    outcome = outcome_of("tests.chaos.restarted")

    assert outcome["wrong"] == []
    assert outcome["done"] == 60
    assert outcome["seconds"] < 10
