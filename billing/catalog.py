"""Brings our plan table to Stripe: products, prices in every currency, the meter. Safe to run at any time.

Everything is found again by its lookup key or name, so no id is kept. A price at Stripe never changes its
amount: where the plan table has, a new price takes over the lookup key, and running subscriptions keep theirs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from billing.gateway import FURTHER_SCAN, METER_EVENT, PaymentRefused, api, meter_id, translated
from billing.plans import Plan

Params = dict[str, Any]


def sync(plans: Mapping[str, Plan]) -> Iterator[str]:
    """Create what is missing; yields a sentence for each thing that was made."""
    try:
        meter = meter_id()
    except PaymentRefused:
        meter = _create_meter()
        yield f"Made the meter {METER_EVENT}."
    for plan in plans.values():
        if plan.is_sold:
            yield from _sync_price(_flat(plan), plan.price)
    yield from _sync_price(_metered(meter), plans["free"].further_scan_price)


def _create_meter() -> str:
    params: Any = {
        "display_name": "Further scans",
        "event_name": METER_EVENT,
        "default_aggregation": {"formula": "sum"},
        "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
        "value_settings": {"event_payload_key": "value"},
    }
    with translated():
        return api().v1.billing.meters.create(params).id


def _flat(plan: Plan) -> Params:
    return {
        "lookup_key": f"spocr_{plan.id}_month",
        "nickname": plan.name,
        "metadata": {"plan": plan.id},
        "recurring": {"interval": "month"},
    }


def _metered(meter: str) -> Params:
    return {
        "lookup_key": FURTHER_SCAN,
        "nickname": "Further scan",
        "metadata": {"plan": ""},
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter},
    }


def _sync_price(wanted: Params, amounts: Mapping[str, int]) -> Iterator[str]:
    key = wanted["lookup_key"]
    with translated():
        found = api().v1.prices.list({"lookup_keys": [key], "expand": ["data.currency_options"], "limit": 1}).data
    if found and _amounts(found[0]) == dict(amounts):
        return
    currency, *others = amounts
    params: Any = {
        **wanted,
        "product": _product(wanted),
        "currency": currency,
        "unit_amount": amounts[currency],
        "currency_options": {other: {"unit_amount": amounts[other]} for other in others},
        "transfer_lookup_key": True,
    }
    with translated():
        api().v1.prices.create(params)
    yield f"Made a price for {wanted['nickname']}: {', '.join(f'{n} {c}' for c, n in amounts.items())}."


def _amounts(price: Any) -> dict[str, int]:
    options = price.currency_options.to_dict() if price.currency_options else {}
    return {price.currency: price.unit_amount, **{name: option["unit_amount"] for name, option in options.items()}}


def _product(wanted: Params) -> str:
    """One product for each price line; made on first need."""
    product = str(wanted["lookup_key"])
    with translated():
        if product in {each.id for each in api().v1.products.list({"ids": [product], "limit": 1}).data}:
            return product
        return api().v1.products.create({"id": product, "name": wanted["nickname"]}).id
