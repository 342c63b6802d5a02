"""Brings the plan table to Stripe."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.errors import SpocrError
from billing import catalog, plans


class Command(BaseCommand):
    """Create products, prices and the meter at Stripe, where they are missing."""

    help = "Bring the plan table to Stripe: products, prices in every currency, the meter. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = list(catalog.sync(plans.table(settings.PLANS_FILE)))
        except SpocrError as problem:
            raise CommandError(f"{problem} (STRIPE_SECRET_KEY names the account.)") from problem
        self.stdout.write("\n".join(made) or "Stripe holds everything already.")
