"""What the local Stripe does on each call that we use. Parameters are checked by the contract before."""

import re
from collections.abc import Callable
from typing import Any

from tests.fakes.stripe.contract import Refused
from tests.fakes.stripe.state import Declined, Json, State, now, period_of

Call = Callable[..., Json]
CALLS: dict[tuple[str, str], Call] = {}
DAY = 86_400


def on(verb: str, path: str) -> Callable[[Call], Call]:
    def keep(call: Call) -> Call:
        CALLS[verb, path] = call
        return call

    return keep


def listed(rows: list[Json], params: Json, url: str = "/v1") -> Json:
    """A page of a list, newest first."""
    ids = [row["id"] for row in rows]
    start = ids.index(params["starting_after"]) + 1 if params.get("starting_after") in ids else 0
    page = rows[start : start + params.get("limit", 10)]
    return {"object": "list", "url": url, "data": page, "has_more": start + len(page) < len(rows)}


@on("post", "/v1/customers")
def create_customer(state: State, params: Json) -> Json:
    made = state.add("customer", "cus", {"metadata": {}, "currency": None, **params})
    state.emit("customer.created", made)
    return made


@on("get", "/v1/customers/{customer}/tax_ids")
def list_tax_ids(state: State, params: Json, customer: str) -> Json:
    state.get("customer", customer)
    return listed([row for row in state.table("tax_id").values() if row["customer"] == customer], params)


@on("post", "/v1/products")
def create_product(state: State, params: Json) -> Json:
    if params.get("id") in state.table("product"):
        raise Refused(f"Product already exists with id '{params['id']}'", "id")
    return state.add("product", "prod", {"active": True, "metadata": {}, **params})


@on("get", "/v1/products")
def list_products(state: State, params: Json) -> Json:
    ids = params.get("ids")
    return listed([row for row in state.table("product").values() if not ids or row["id"] in ids], params)


@on("post", "/v1/prices")
def create_price(state: State, params: Json) -> Json:
    is_moved = params.pop("transfer_lookup_key", False)
    key = params.get("lookup_key")
    for other in state.table("price").values():
        if key and other["lookup_key"] == key:
            if not is_moved:
                raise Refused(f"A price already uses the lookup key '{key}'.", "lookup_key")
            other["lookup_key"] = None
    state.get("product", params["product"])
    recurring = {"usage_type": "licensed", "interval_count": 1, **params.pop("recurring", {})}
    if recurring["usage_type"] == "metered":
        state.get("billing.meter", recurring.get("meter", ""))
    row = {"active": True, "nickname": None, "metadata": {}, "lookup_key": None, "currency_options": {}, **params}
    return state.add("price", "price", {**row, "type": "recurring", "recurring": recurring})


@on("post", "/v1/prices/{price}")
def update_price(state: State, params: Json, price: str) -> Json:
    row = state.get("price", price)
    row.update(params)
    return row


@on("get", "/v1/prices")
def list_prices(state: State, params: Json) -> Json:
    keys = params.get("lookup_keys")
    rows = [row for row in state.table("price").values() if params.get("active", row["active"]) == row["active"]]
    # Without expand, Stripe leaves the other currencies out.
    if "data.currency_options" not in params.get("expand", []):
        rows = [{name: value for name, value in row.items() if name != "currency_options"} for row in rows]
    return listed([row for row in rows if not keys or row["lookup_key"] in keys], params, "/v1/prices")


@on("post", "/v1/billing/meters")
def create_meter(state: State, params: Json) -> Json:
    names = {row["event_name"] for row in state.table("billing.meter").values() if row["status"] == "active"}
    if params["event_name"] in names:
        raise Refused("There is already an active meter with this event name.", "event_name")
    return state.add("billing.meter", "mtr", {"status": "active", **params})


@on("get", "/v1/billing/meters")
def list_meters(state: State, params: Json) -> Json:
    rows = [row for row in state.table("billing.meter").values() if params.get("status", "active") == row["status"]]
    return listed(rows, params, "/v1/billing/meters")


@on("get", "/v1/billing/meters/{id}/event_summaries")
def summarize(state: State, params: Json, meter: str) -> Json:
    state.get("billing.meter", meter)
    for name in ("start_time", "end_time"):
        if params[name] % 60:
            raise Refused(f"{name} must align with minute boundaries.", name)
    total = state.metered(params["customer"], params["start_time"], params["end_time"])
    row = {"id": state.new_id("mtrusg"), "object": "billing.meter_event_summary", "meter": meter, "livemode": False}
    return listed([{**row, "aggregated_value": total, **params}], {}, f"/v1/billing/meters/{meter}/event_summaries")


@on("post", "/v1/billing/meter_events")
def create_meter_event(state: State, params: Json) -> Json:
    """Identifiers count once in 24 hours; 35 days back, five minutes ahead; whole numbers."""
    event = {"identifier": state.new_id("me"), "timestamp": now(), **params}
    value = event["payload"].get("value", "")
    if not re.fullmatch(r"\d+", value):
        raise Refused("The value of the payload must be a whole number.", "payload[value]")
    if not now() - 35 * DAY <= event["timestamp"] <= now() + 300:
        raise Refused("The timestamp must be within the past 35 days or up to 5 minutes ahead.", "timestamp")
    for other in state.meter_events:
        if other["identifier"] == event["identifier"] and now() - other["taken_at"] < DAY:
            raise Refused(f"An event already exists with identifier {event['identifier']}.", "identifier")
    meter = next(
        (row for row in state.table("billing.meter").values() if row["event_name"] == params["event_name"]), None
    )
    taken = {"object": "billing.meter_event", "livemode": False, "created": now(), **event}
    if meter is None or event["payload"].get("stripe_customer_id") not in state.table("customer"):
        _report_problem(state, taken, meter)
    else:
        state.meter_events.append({**taken, "taken_at": now()})
    return taken


def _report_problem(state: State, event: Json, meter: Json | None) -> None:
    """Stripe answers first and finds out later: the error comes as a thin event."""
    kind = "error_report_triggered" if meter else "no_meter_found"
    code = "meter_event_customer_not_found" if meter else "no_meter"
    sample = {"error_message": f"Refused: {code}", "request": {"identifier": event["identifier"]}}
    types = [{"code": code, "error_count": 1, "sample_errors": [sample]}]
    data = {
        "developer_message_summary": f"There is 1 invalid event: {code}",
        "reason": {"error_count": 1, "error_types": types},
        "validation_start": "2026-01-01T00:00:00Z",
        "validation_end": "2026-01-01T00:00:10Z",
    }
    meter_id = meter["id"] if meter else ""
    related = {"id": meter_id, "type": "billing.meter", "url": f"/v1/billing/meters/{meter_id}"}
    state.emit_thin(f"v1.billing.meter.{kind}", data, related)


@on("get", "/v2/core/events/{id}")
def retrieve_thin(state: State, params: Json, event: str) -> Json:
    if event not in state.thin:
        raise Refused(f"No such event: {event}", "id")
    return state.thin[event]


@on("post", "/v1/checkout/sessions")
def create_session(state: State, params: Json) -> Json:
    if params.get("mode") != "subscription":
        raise Refused("The local Stripe knows the mode subscription only.", "mode")
    for index, line in enumerate(params["line_items"]):
        is_metered = state.get("price", line["price"])["recurring"]["usage_type"] == "metered"
        if is_metered == ("quantity" in line):
            raise Refused("Quantity is needed, except for metered prices.", f"line_items[{index}][quantity]")
    customer = state.get("customer", params["customer"])
    if customer["currency"] not in (None, params["currency"]):
        raise Refused("You cannot combine currencies on a single customer.", "currency")
    row = {**params, "status": "open", "payment_status": "unpaid", "subscription": None, "metadata": {}}
    made = state.add("checkout.session", "cs_test", row)
    made["url"] = f"{state.address}/checkout/{made['id']}"
    return made


@on("get", "/v1/checkout/sessions")
def list_sessions(state: State, params: Json) -> Json:
    rows = [row for row in state.table("checkout.session").values() if row["customer"] == params["customer"]]
    return listed([row for row in rows[::-1] if row["status"] == params.get("status", row["status"])], params)


@on("post", "/v1/checkout/sessions/{session}/expire")
def expire_session(state: State, params: Json, session: str) -> Json:
    found = state.get("checkout.session", session)
    if found["status"] != "open":
        raise Refused(f'Only Checkout Sessions with a status in ["open"] can be expired; it is {found["status"]}.')
    found["status"] = "expired"
    state.emit("checkout.session.expired", found)
    return found


def complete_session(state: State, session: Json, *, card: str = "good") -> Json | None:
    """The customer pays; with a declined card, or on a page that was closed, nothing happens. Twice is once."""
    if card == "declined" or session["status"] == "expired":
        return None
    customer = state.get("customer", session["customer"])
    if session["status"] == "open":
        state.cards[customer["id"]], customer["currency"] = card, session["currency"]
        metadata = session.get("subscription_data", {}).get("metadata", {})
        made = state.subscribe(customer["id"], session["line_items"], metadata, session["currency"])
        session.update(status="complete", payment_status="paid", subscription=made["id"])
    state.emit("checkout.session.completed", session)
    return state.get("subscription", session["subscription"])


@on("post", "/v1/billing_portal/sessions")
def create_portal(state: State, params: Json) -> Json:
    state.get("customer", params["customer"])
    made = state.add("billing_portal.session", "bps", params)
    made["url"] = f"{state.address}/portal/{made['id']}"
    return made


@on("get", "/v1/subscriptions/{subscription_exposed_id}")
def retrieve_subscription(state: State, params: Json, subscription: str) -> Json:
    return state.get("subscription", subscription)


@on("delete", "/v1/subscriptions/{subscription_exposed_id}")
def cancel_subscription(state: State, params: Json, subscription: str) -> Json:
    row = state.get("subscription", subscription)
    if row["status"] == "canceled":
        raise Refused(f"No such subscription: '{subscription}'", "id")
    usage = state.usage_lines(row, *period_of(row)) if params.get("invoice_now") else []
    state.end(row)
    if usage:
        state.bill(row, usage)
    return row


@on("get", "/v1/subscriptions")
def list_subscriptions(state: State, params: Json) -> Json:
    state.get("customer", params["customer"])
    rows = [row for row in state.table("subscription").values() if row["customer"] == params["customer"]]
    return listed(rows[::-1], params, "/v1/subscriptions")


@on("post", "/v1/subscriptions/{subscription_exposed_id}")
def update_subscription(state: State, params: Json, subscription: str) -> Json:
    row = state.get("subscription", subscription)
    if row["status"] == "canceled":
        raise Refused("A canceled subscription can only update its metadata.", "id")
    lines = proration(state, row, params.get("items", []))
    if params.get("proration_behavior") == "always_invoice":
        if sum(line["amount"] for line in lines) > 0 and state.cards.get(row["customer"]) == "declined":
            raise Declined
        change_items(state, row, params["items"])
        state.bill(row, lines)
    else:
        change_items(state, row, params.get("items", []))
    row["metadata"] = {
        name: value for name, value in {**row["metadata"], **params.get("metadata", {})}.items() if value != ""
    }
    row["cancel_at_period_end"] = params.get("cancel_at_period_end", row["cancel_at_period_end"])
    state.emit("customer.subscription.updated", row)
    return row


@on("post", "/v1/invoices/create_preview")
def preview(state: State, params: Json) -> Json:
    row = state.get("subscription", params["subscription"])
    lines = proration(state, row, params["subscription_details"].get("items", []))
    return {
        "object": "invoice",
        "currency": row["currency"],
        "total": sum(line["amount"] for line in lines),
        "lines": {"object": "list", "data": [{"object": "line_item", **line} for line in lines], "has_more": False},
    }


@on("get", "/v1/invoices")
def list_invoices(state: State, params: Json) -> Json:
    rows = [row for row in state.table("invoice").values() if row["customer"] == params["customer"]]
    return listed(rows[::-1], params, "/v1/invoices")


def proration(state: State, subscription: Json, changes: list[Json]) -> list[Json]:
    """The rest of the old price back, the rest of the new one due."""
    start, end = period_of(subscription)
    left = (end - now()) / (end - start)
    lines: list[Json] = []
    for change in changes:
        old = next((item for item in subscription["items"]["data"] if item["id"] == change.get("id")), None)
        if old and old["price"]["recurring"]["usage_type"] == "licensed":
            amount = -round(state.amount(old["price"], subscription) * left)
            lines.append({"description": f"Unused time on {old['price']['nickname']}", "amount": amount})
        if "price" in change:
            price = state.get("price", change["price"])
            amount = round(state.amount(price, subscription) * left)
            lines.append({"description": f"Remaining time on {price['nickname']}", "amount": amount})
    return lines


def change_items(state: State, subscription: Json, changes: list[Json]) -> None:
    items: list[Any] = subscription["items"]["data"]
    for change in changes:
        old = next((item for item in items if item["id"] == change.get("id")), None)
        if change.get("deleted"):
            items.remove(old)
        elif old:
            old["price"] = state.get("price", change["price"])
        else:
            items.insert(0, state.item(change["price"], change.get("quantity"), period_of(subscription)))
