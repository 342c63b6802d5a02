import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from ocr import schedules
from ocr.models import RateWindow, ScheduledRun
from ocr.schedules import Clock
from ocr.tasks import run_schedule

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_schedule_says_how_often_and_what():
    assert set(schedules.ACTS) == set(settings.SCHEDULE_SECONDS)


def test_what_is_due_runs_once_in_its_period(clock, django_assert_num_queries):
    ours = Clock()

    assert set(ours.run_due()) == set(schedules.ACTS)
    with django_assert_num_queries(0):
        assert ours.run_due() == []
    assert Clock().run_due() == []  # another worker's


def test_what_could_not_be_claimed_is_asked_for_again(clock):
    def away(*_):
        raise OperationalError("the server is away")

    ours = Clock()
    with pytest.raises(OperationalError), connection.execute_wrapper(away):
        ours.run_due()

    assert set(ours.run_due()) == set(schedules.ACTS)


@pytest.mark.django_db
def test_a_failing_act_does_not_stop_the_others(monkeypatch):
    monkeypatch.setitem(schedules.ACTS, "release_stale_usage", lambda: 1 / 0)

    assert set(Clock().run_due()) == set(schedules.ACTS)


@pytest.mark.django_db
def test_passed_rate_windows_and_old_runs_are_forgotten():
    RateWindow.objects.create(holder="key:1", minute=1, hits=3)
    RateWindow.objects.create(holder="key:1", minute=int(time.time() // 60), hits=3)
    ScheduledRun.objects.create(name="forget_old_windows", slot=1)

    schedules.forget_old_windows()

    assert RateWindow.objects.count() == 1
    assert not ScheduledRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_celery_worker_runs_a_schedule():
    if not settings.CELERY_BROKER_URL:
        pytest.skip("needs CELERY_BROKER_URL: bin/test starts a Redis for it")
    name = connection.settings_dict["NAME"]
    environment = {**os.environ, "DATABASE_URL": os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}"}
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "config.celery",
        "worker",
        "-P",
        "solo",
        "-l",
        "warning",
        "-Q",
        "billing",
    ]
    worker = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        run_schedule.delay("forget_old_windows")
        deadline = time.monotonic() + 60
        while not ScheduledRun.objects.filter(name="forget_old_windows").exists():
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        worker.terminate()
        worker.wait(30)
