"""Gives an organization a plan without payment."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.audit import Actor
from accounts.errors import SpocrError
from accounts.models import Organization
from billing import subscriptions


class Command(BaseCommand):
    """An act of staff: enterprise plans, gifts, and every plan where nobody pays."""

    help = "Give an organization a plan without payment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="public id, such as org_…")
        parser.add_argument("plan", help="an id of the plan table")

    def handle(self, *args: Any, organization: str, plan: str, **options: Any) -> None:
        found = Organization.objects.filter(public_id=organization).first()
        if found is None:
            raise CommandError(f"There is no organization {organization}.")
        try:
            subscriptions.assign_plan(found, plan, by=Actor("staff, by command"))
        except SpocrError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{found.name} is on the plan {plan} now.")
