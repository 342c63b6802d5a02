"""The local Stripe refuses what the SDK's own types forbid."""

import pytest
import stripe

from tests.fakes.stripe import contract, server
from tests.fakes.stripe.calls import CALLS


@pytest.fixture
def client():
    with server.running() as local:
        addresses = dict.fromkeys(("api", "connect", "files", "meter_events"), local.address)
        yield stripe.StripeClient("sk_test_x", base_addresses=addresses, max_network_retries=0)


def test_every_route_of_the_sdk_is_known():
    assert len(contract.routes()) > 600


def test_every_call_of_the_local_stripe_is_a_route_of_the_sdk():
    assert set(CALLS) <= set(contract.routes())


METER = {
    "display_name": "x",
    "event_name": "x",
    "default_aggregation": {"formula": "sum"},
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"default_aggregation": {"formula": "average"}}, r"default_aggregation\[formula\]: must be one of"),
        ({"unknown": "x"}, "unknown parameter: unknown"),
        ({"default_aggregation": {}}, "Missing required param: default_aggregation"),
        ({"value_settings": {"key": "x"}}, r"unknown parameter: value_settings\[key\]"),
    ],
)
def test_a_wrong_parameter_is_refused(client, change, message):
    with pytest.raises(stripe.InvalidRequestError, match=message):
        client.v1.billing.meters.create({**METER, **change})


def test_a_missing_parameter_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: event_name"):
        client.v1.billing.meters.create({"display_name": "x", "default_aggregation": {"formula": "sum"}})


def test_a_call_that_it_does_not_act_on_is_said(client):
    with pytest.raises(stripe.APIError, match="does not act on"):
        client.v1.payouts.create({"amount": 5, "currency": "usd"})


def test_the_same_idempotency_key_gives_the_same_answer(client):
    first, second = (client.v1.customers.create({"name": "A"}, {"idempotency_key": "k"}) for _ in range(2))

    assert first.id == second.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"name": "B"}, {"idempotency_key": "k"})


def test_a_metered_price_takes_no_quantity(client):
    meter = client.v1.billing.meters.create(METER)
    product = client.v1.products.create({"name": "p"})
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter.id}
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 5, "product": product.id, "recurring": recurring}
    )
    customer = client.v1.customers.create({"name": "A"})

    with pytest.raises(stripe.InvalidRequestError, match="except for metered prices"):
        client.v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer.id,
                "currency": "usd",
                "line_items": [{"price": price.id, "quantity": 1}],
            }
        )


def test_a_key_that_is_no_test_key_is_refused():
    with server.running() as local:
        live = stripe.StripeClient("sk_live_x", base_addresses={"api": local.address}, max_network_retries=0)
        with pytest.raises(stripe.AuthenticationError):
            live.v1.customers.create({"name": "A"})
