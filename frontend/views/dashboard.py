"""The dashboard: the organization, its plan and usage, and the first steps."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import organizations
from billing import usage
from billing.models import Kind
from billing.usage import Payer
from frontend import curl, problems, visitor


@dataclass(frozen=True)
class Bar:
    """How much of one limit is used; `limit` None: there is no such limit."""

    title: str
    used: int
    limit: int | None

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.used >= self.limit


@require_safe
@login_required
@problems.shown
def dashboard(request: HttpRequest) -> HttpResponse:
    organization = organizations.of(visitor.person(request))
    payer = visitor.payer(request)
    return render(
        request,
        "dashboard/dashboard.html",
        {
            "here": "dashboard",
            "organization": organization,
            "plan": payer.plan,
            "month": timezone.now(),
            "bars": list(_bars(payer)),
            "has_keys": organization.keys.filter(revoked_at=None).exists(),
            "line": curl.parse_image(settings.SITE_URL, "invoice.png"),
        },
    )


def _bars(payer: Payer) -> Iterator[Bar]:
    plan = payer.plan
    yield Bar(_("Scans"), usage.used(payer, Kind.SCAN), plan.scans_a_month)
    yield Bar(_("Parse requests"), usage.used(payer, Kind.PARSE), plan.parse_requests_a_month)
