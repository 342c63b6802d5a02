"""What billing does by the clock, by name, for the one table of schedules."""

from collections.abc import Callable

from billing import addresses, closing, events, notices, outbox, reconciliation, subscriptions

ACTS: dict[str, Callable[[], object]] = {
    "process_stripe_events": events.process_due,
    "mail_usage_notices": notices.send_mails,
    "send_billed_scans": outbox.send_due,
    "end_unpaid_plans": subscriptions.remind_and_end_grace,
    "end_closed_subscriptions": closing.end_all,
    "refresh_subscriptions": subscriptions.refresh_all,
    "reconcile_meter": reconciliation.compare_all,
    "forget_stripe_events": events.forget_old,
    "forget_addresses": addresses.forget,
}
