"""What the local Stripe remembers: customers, subscriptions, meters, invoices, and the events it owes."""

import calendar
import copy
import itertools
import time
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from tests.fakes.stripe.contract import Refused

Json = dict[str, Any]


class Declined(Exception):
    """The customer's card was declined."""


class State:
    """Everything by id. `card` says whether a customer's card works; `events` waits for delivery."""

    def __init__(self, address: str = "") -> None:
        self.address = address
        self.lock = RLock()
        self.rows: dict[str, dict[str, Json]] = {}
        self.meter_events: list[Json] = []
        self.cards: dict[str, str] = {}
        self.events: list[Json] = []
        self.thin: dict[str, Json] = {}
        self._numbers = itertools.count(1)

    def table(self, name: str) -> dict[str, Json]:
        return self.rows.setdefault(name, {})

    def add(self, name: str, prefix: str, row: Json) -> Json:
        made = {"id": row.get("id") or self.new_id(prefix), "object": name, "created": now(), "livemode": False, **row}
        self.table(name)[made["id"]] = made
        return made

    def get(self, name: str, row_id: str) -> Json:
        try:
            return self.table(name)[row_id]
        except KeyError:
            raise Refused(f"No such {name}: '{row_id}'", "id") from None

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_local{next(self._numbers):08d}"

    def emit(self, kind: str, row: Json) -> None:
        """Owe an event. Its content is a copy: later changes make it stale, as at Stripe."""
        event = {"id": self.new_id("evt"), "object": "event", "type": kind, "created": now(), "livemode": False}
        self.events.append({**event, "api_version": None, "data": {"object": copy.deepcopy(row)}})

    def emit_thin(self, kind: str, data: Json, related: Json) -> None:
        event = {"id": self.new_id("evt"), "object": "v2.core.event", "type": kind, "livemode": False}
        event["created"] = datetime.fromtimestamp(now(), UTC).isoformat().replace("+00:00", "Z")
        self.thin[event["id"]] = {**event, "related_object": related, "data": data}
        self.events.append({**event, "related_object": related})

    # -- Subscriptions and invoices ----------------------------------------------------

    def subscribe(self, customer: str, lines: list[Json], metadata: Json, currency: str) -> Json:
        """A new subscription, whose first invoice is paid at once."""
        start = now()
        period = (start, month_later(start, start))
        row = self.add(
            "subscription",
            "sub",
            {
                "customer": customer,
                "status": "active",
                "currency": currency,
                "billing_cycle_anchor": start,
                "cancel_at_period_end": False,
                "canceled_at": None,
                "metadata": metadata,
                "items": {"object": "list", "data": [], "has_more": False, "url": "/v1/subscription_items"},
                "latest_invoice": None,
            },
        )
        row["items"]["data"] = [self.item(line["price"], line.get("quantity"), period) for line in lines]
        self.bill(row, self.flat_lines(row))
        self.emit("customer.subscription.created", row)
        return row

    def item(self, price_id: str, quantity: int | None, period: tuple[int, int]) -> Json:
        item = {
            "id": self.new_id("si"),
            "object": "subscription_item",
            "price": self.get("price", price_id),
            "current_period_start": period[0],
            "current_period_end": period[1],
            "metadata": {},
        }
        return {**item, "quantity": quantity} if quantity is not None else item

    def flat_lines(self, subscription: Json) -> list[Json]:
        return [
            {"description": f"1 × {item['price']['nickname']}", "amount": self.amount(item["price"], subscription)}
            for item in subscription["items"]["data"]
            if item["price"]["recurring"]["usage_type"] == "licensed"
        ]

    def amount(self, price: Json, subscription: Json) -> int:
        currency = subscription["currency"]
        if price["currency"] == currency:
            return int(price["unit_amount"])
        return int(price["currency_options"][currency]["unit_amount"])

    def bill(self, subscription: Json, lines: list[Json]) -> Json:
        """An invoice over lines, charged to the card. Below nothing: credit."""
        total = sum(line["amount"] for line in lines)
        invoice = self.add(
            "invoice",
            "in",
            {
                "customer": subscription["customer"],
                "currency": subscription["currency"],
                "number": f"LOCAL-{next(self._numbers):04d}",
                "lines": {"object": "list", "data": [{"object": "line_item", **line} for line in lines]},
                "total": total,
                "amount_due": max(total, 0),
                "amount_paid": 0,
                "status": "open",
                "parent": {"subscription_details": {"subscription": subscription["id"]}},
            },
        )
        invoice["hosted_invoice_url"] = invoice["invoice_pdf"] = f"{self.address}/invoice/{invoice['id']}"
        subscription["latest_invoice"] = invoice["id"]
        self.emit("invoice.created", invoice)
        self.collect(subscription, invoice)
        return invoice

    def collect(self, subscription: Json, invoice: Json) -> bool:
        """Charge an open invoice; a declined card makes the subscription past due."""
        if invoice["total"] > 0 and self.cards.get(subscription["customer"], "good") == "declined":
            subscription["status"] = "past_due"
            self.emit("invoice.payment_failed", invoice)
            self.emit("customer.subscription.updated", subscription)
            return False
        invoice["status"], invoice["amount_paid"] = "paid", max(invoice["total"], 0)
        if subscription["status"] in ("past_due", "unpaid"):
            subscription["status"] = "active"
            self.emit("customer.subscription.updated", subscription)
        self.emit("invoice.paid", invoice)
        return True

    def renew_due(self) -> None:
        """Begin the next period wherever one is over; bill flat prices for it and usage of the last one."""
        for subscription in list(self.table("subscription").values()):
            while subscription["status"] in ("active", "past_due") and period_of(subscription)[1] <= now():
                self._renew(subscription)

    def _renew(self, subscription: Json) -> None:
        start, end = period_of(subscription)
        usage = self.usage_lines(subscription, start, end)
        if subscription["cancel_at_period_end"]:
            self.end(subscription)
            if usage:
                self.bill(subscription, usage)
            return
        for item in subscription["items"]["data"]:
            item["current_period_start"] = end
            item["current_period_end"] = month_later(end, subscription["billing_cycle_anchor"])
        self.bill(subscription, [*self.flat_lines(subscription), *usage])
        self.emit("customer.subscription.updated", subscription)

    def usage_lines(self, subscription: Json, start: int, end: int) -> list[Json]:
        units = self.metered(subscription["customer"], start, end)
        return [
            {"description": f"{units} × further scan", "amount": units * self.amount(item["price"], subscription)}
            for item in subscription["items"]["data"]
            if units and item["price"]["recurring"]["usage_type"] == "metered"
        ]

    def end(self, subscription: Json) -> None:
        subscription["status"], subscription["canceled_at"] = "canceled", now()
        self.emit("customer.subscription.deleted", subscription)

    def metered(self, customer: str, start: int, end: int) -> int:
        return sum(
            int(event["payload"]["value"])
            for event in self.meter_events
            if event["payload"]["stripe_customer_id"] == customer and start <= event["timestamp"] < end
        )


def now() -> int:
    return int(time.time())


def period_of(subscription: Json) -> tuple[int, int]:
    item = subscription["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]


def month_later(start: int, anchor: int) -> int:
    """The next monthly turn after `start`, on the anchor's day or the month's last."""
    first, day = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(anchor, UTC).day
    year, month = divmod(first.year * 12 + first.month, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return int(first.replace(year=year, month=month + 1, day=min(day, last)).timestamp())
