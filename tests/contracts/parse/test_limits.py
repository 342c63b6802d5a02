"""The demo key, and limits that hold exactly however many ask at once."""

import json
from ipaddress import ip_network

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from billing.models import UsageCounter, UsageRecord
from tests.contracts.parse.conftest import masked, page, success
from tests.parallel import at_once

DEMO_WORDS = "You may only perform this action upto maximum 10 number of times within 600 seconds"
DAY_WORDS = "You may only perform this action upto maximum 500 number of times within 86400 seconds"


def call(picture: bytes, key: str, address: str = "192.0.2.7", **headers: str):
    file = SimpleUploadedFile("scan.png", picture)
    return Client(REMOTE_ADDR=address).post("/parse/image", {"file": file}, headers={"apikey": key, **headers})


@pytest.fixture
def demo(settings, db):
    settings.PARSE_DEMO_KEY = True
    # The first second of a window, so that none ends amid a test; near now, for the sake of sessions.
    start = timezone.now().timestamp() // 600 * 600
    with time_machine.travel(start, tick=False) as clock:
        yield clock


@pytest.mark.django_db
def test_the_demo_key_is_unknown_unless_it_is_switched_on(picture):
    response = call(picture, "helloworld")

    assert (response.status_code, response.json()) == (403, "The API key is invalid")


@pytest.mark.usefixtures("demo")
def test_the_demo_key_reads_and_is_counted_for_the_address(picture, charged):
    assert masked(call(picture, "helloworld")) == success(page("INVOICE 12345\r\n"))

    assert charged() == [("parse", "settled", 1, 1)]
    assert UsageRecord.objects.get().organization is None
    counted = {"count_total": 1, "count_engine1": 1, "count_engine2": 0, "count_engine3": 0}
    assert Client(REMOTE_ADDR="192.0.2.7").get("/conversions", {"apikey": "helloworld"}).json() == counted
    assert Client(REMOTE_ADDR="192.0.2.8").get("/conversions", {"apikey": "helloworld"}).json()["count_total"] == 0


def test_the_demo_key_takes_ten_requests_in_ten_minutes_from_one_address(demo):
    nothing = {"headers": {"apikey": "helloworld"}}
    for _ in range(10):
        assert Client(REMOTE_ADDR="192.0.2.7").post("/parse/image", **nothing).status_code == 200

    refused = Client(REMOTE_ADDR="192.0.2.7").post("/parse/image", **nothing)

    assert (refused.status_code, refused.json()) == (403, DEMO_WORDS)
    assert refused["Retry-After"] == "600"
    assert Client(REMOTE_ADDR="192.0.2.8").post("/parse/image", **nothing).status_code == 200
    demo.shift(600)
    assert Client(REMOTE_ADDR="192.0.2.7").post("/parse/image", **nothing).status_code == 200


@pytest.mark.usefixtures("demo")
def test_the_demo_key_has_the_free_plans_sizes_and_day(picture):
    large = call(picture + bytes(1_048_576), "helloworld")
    assert "1024 KB" in large.json()["ErrorMessage"][0]

    period = f"{timezone.now():%Y-%m-%d}"
    UsageCounter.objects.update_or_create(
        holder="address:192.0.2.7", kind="parse", period=period, defaults={"used": 500}
    )

    assert call(picture, "helloworld").json() == DAY_WORDS


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("demo")
def test_of_twenty_at_once_with_the_demo_key_exactly_ten_pass():
    def act() -> int:
        return Client(REMOTE_ADDR="192.0.2.7").post("/parse/image", headers={"apikey": "helloworld"}).status_code

    assert sorted(at_once(act, 20)) == [200] * 10 + [403] * 10


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_exactly_as_many_pass_as_the_day_has_left(api_key, picture):
    period = f"{timezone.now():%Y-%m-%d}"
    UsageCounter.objects.create(holder="address:192.0.2.7", kind="parse", period=period, used=493)

    answers = at_once(lambda: call(picture, api_key), 20)

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [403] * 13
    assert {json.loads(answer.content) for answer in answers if answer.status_code == 403} == {DAY_WORDS}
    assert UsageCounter.objects.get(holder="address:192.0.2.7").used == 500
    assert UsageRecord.objects.filter(status="settled").count() == 7


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_exactly_as_many_pass_as_the_month_has_left(organization, api_key, picture):
    organization.plan = "starter"
    organization.save()
    holder = f"organization:{organization.id}"
    UsageCounter.objects.create(holder=holder, kind="parse", period=f"{timezone.now():%Y-%m}", used=299_994)

    answers = at_once(lambda: call(picture, api_key), 20)

    assert sorted(answer.status_code for answer in answers) == [200] * 6 + [403] * 14
    assert UsageCounter.objects.get(holder=holder).used == 300_000


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        ((), "203.0.113.9", "192.0.2.7"),  # nobody is believed
        (("192.0.2.0/24",), "203.0.113.9", "203.0.113.9"),
        (("192.0.2.0/24",), "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the caller wrote the first
        (("192.0.2.0/24",), "203.0.113.9, 192.0.2.8", "203.0.113.9"),  # two proxies of ours
        (("192.0.2.0/24",), "nonsense", "192.0.2.7"),
    ],
)
def test_the_proxies_that_are_trusted_decide_whose_day_it_is(settings, picture, api_key, proxies, forwarded, counted):
    settings.TRUSTED_PROXIES = tuple(map(ip_network, proxies))

    assert call(picture, api_key, **{"X-Forwarded-For": forwarded}).status_code == 200

    assert UsageCounter.objects.filter(holder=f"address:{counted}").values_list("used", flat=True).get() == 1
