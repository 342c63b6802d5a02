"""Processes stored events of Stripe again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import SpocrError
from billing import events
from billing.models import StripeEvent


class Command(BaseCommand):
    """Harmless at any time: each event only says what to fetch anew."""

    help = "Process stored Stripe events again, by id; without ids, all that are not processed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("events", nargs="*", help="ids, such as evt_…")

    def handle(self, *args: Any, events: list[str], **options: Any) -> None:
        chosen = StripeEvent.objects.filter(event_id__in=events) if events else _waiting()
        if missing := set(events) - set(chosen.values_list("event_id", flat=True)):
            raise CommandError(f"Not stored here: {', '.join(sorted(missing))}.")
        for event in chosen.order_by("id"):
            self.stdout.write(f"{event}: {_replay(event)}")


def _waiting() -> Any:
    return StripeEvent.objects.filter(processed_at=None)


def _replay(event: StripeEvent) -> str:
    try:
        events.replay_now(event)
    except SpocrError as problem:
        return f"failed: {problem}"
    return "done"
