"""The pages of the local Stripe that a person clicks: checkout, portal, invoice."""

from html import escape

from tests.fakes.stripe.calls import complete_session
from tests.fakes.stripe.contract import Refused
from tests.fakes.stripe.state import Json, State

Answer = tuple[int, dict[str, str], str]
STYLE = (
    "body{font:16px/1.5 system-ui;max-width:34rem;margin:3rem auto;padding:0 1rem}"
    "button{font:inherit;padding:.5rem 1rem;margin:.25rem 0;display:block;width:100%}"
    "p.note{background:#fff3cd;padding:.5rem 1rem}input{font:inherit;padding:.4rem;width:100%;box-sizing:border-box}"
)


def answer(state: State, verb: str, path: str, form: dict[str, str]) -> Answer:
    """A page, or what its button does."""
    parts = path.strip("/").split("/")
    try:
        with state.lock:
            state.renew_due()
            if parts[0] == "checkout" and len(parts) == 2:
                return _checkout(state, state.get("checkout.session", parts[1]), verb, form)
            if parts[0] == "portal" and len(parts) == 2:
                return _portal(state, state.get("billing_portal.session", parts[1]), verb, form)
            if parts[0] == "invoice" and len(parts) == 2:
                return 200, {}, _invoice(state, state.get("invoice", parts[1]))
    except Refused as problem:
        return 404, {}, _page("Not found", f"<p>{escape(str(problem))}</p>")
    return 404, {}, _page("Local Stripe", "<p>Start at the portal: Billing.</p>")


def _checkout(state: State, session: Json, verb: str, form: dict[str, str]) -> Answer:
    problem = ""
    if verb == "post":
        if form.get("card") == "leave":
            return _to(session["cancel_url"])
        if complete_session(state, session, card=form.get("card", "good")):
            return _to(session["success_url"])
        problem = '<p class="note">Your card was declined.</p>'
    lines = "".join(f"<li>{escape(_price(state, line, session))}</li>" for line in session["line_items"])
    return (
        200,
        {},
        _page(
            "Subscribe",
            f"{problem}<ul>{lines}</ul>"
            + _buttons(
                ("card", "good", "Pay with a good card"), ("card", "declined", "Pay with a card that is declined")
            )
            + _buttons(("card", "leave", "Leave without paying")),
        ),
    )


def _portal(state: State, session: Json, verb: str, form: dict[str, str]) -> Answer:
    customer = session["customer"]
    if verb == "post":
        _act(state, customer, form)
    card = state.cards.get(customer, "none")
    held = [row for row in state.table("subscription").values() if row["customer"] == customer]
    invoices = [row for row in state.table("invoice").values() if row["customer"] == customer]
    shown = "".join(
        f"<li>{escape(row['number'])}: {row['total']} {row['currency']} {row['status']}</li>" for row in invoices[::-1]
    )
    states = ", ".join(row["status"] for row in held) or "none"
    return (
        200,
        {},
        _page(
            "Customer portal",
            f"<p>Card: {escape(card)}. Subscription: {escape(states)}.</p>"
            + _buttons(("act", "good", "Use a good card"), ("act", "declined", "Use a card that is declined"))
            + _buttons(("act", "renew", "Let a month pass at Stripe"), ("act", "pay", "Pay open invoices"))
            + _buttons(("act", "cancel", "Cancel now, as Stripe's staff would"))
            + '<form method="post"><label>Tax id <input name="tax_id"></label><button>Add tax id</button></form>'
            + f'<h2>Invoices</h2><ul>{shown}</ul><p><a href="{escape(session["return_url"])}">Back</a></p>',
        ),
    )


def _act(state: State, customer: str, form: dict[str, str]) -> None:
    held = [row for row in state.table("subscription").values() if row["customer"] == customer]
    act = form.get("act", "")
    if form.get("tax_id"):
        state.add("tax_id", "txi", {"customer": customer, "type": "eu_vat", "value": form["tax_id"], "country": None})
        state.emit("customer.updated", state.get("customer", customer))
    elif act in ("good", "declined"):
        state.cards[customer] = act
    for row in held:
        if act == "cancel" and row["status"] != "canceled":
            state.end(row)
        elif act == "renew" and row["status"] in ("active", "past_due"):
            state._renew(row)
        elif act == "pay":
            for invoice in state.table("invoice").values():
                if invoice["status"] == "open" and invoice["customer"] == customer:
                    state.collect(row, invoice)


def _invoice(state: State, invoice: Json) -> str:
    rows = "".join(
        f"<tr><td>{escape(line['description'])}</td><td>{line['amount']}</td></tr>" for line in invoice["lines"]["data"]
    )
    total = f"<tr><th>Total, {escape(invoice['currency'])}</th><th>{invoice['total']}</th></tr>"
    return _page(f"Invoice {invoice['number']}", f"<table>{rows}{total}</table><p>{escape(invoice['status'])}</p>")


def _price(state: State, line: Json, session: Json) -> str:
    price = state.get("price", line["price"])
    amount = state.amount(price, session)
    every = "for each further scan" if price["recurring"]["usage_type"] == "metered" else "a month"
    return f"{price['nickname']}: {amount} minor units of {session['currency'].upper()} {every}"


def _buttons(*buttons: tuple[str, str, str]) -> str:
    shown = "".join(f'<button name="{name}" value="{value}">{escape(words)}</button>' for name, value, words in buttons)
    return f'<form method="post">{shown}</form>'


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{escape(title)} · Local Stripe</title>'
        f'<style>{STYLE}</style><p class="note">This is the local Stripe. No money moves.</p>'
        f"<h1>{escape(title)}</h1>{body}</html>"
    )


def _to(address: str) -> Answer:
    return 303, {"Location": address}, ""
