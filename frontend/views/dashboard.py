"""The dashboard: the organization, its plan and usage, and the first steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import organizations
from billing import usage
from billing.models import Kind
from billing.usage import Payer
from frontend import curl, problems, visitor


@dataclass(frozen=True)
class Bar:
    """How much of one limit is used until counting begins anew; `limit` None: there is no such limit."""

    title: str
    used: int
    limit: int | None
    ends_at: datetime

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
            "bars": list(_bars(payer)),
            "has_keys": organization.keys.filter(revoked_at=None).exists(),
            "line": curl.parse_image(settings.SITE_URL, "invoice.png"),
        },
    )


def _bars(payer: Payer) -> Iterator[Bar]:
    plan = payer.plan
    limits = (
        (_("Scans"), Kind.SCAN, plan.scans_a_month),
        (_("Parse requests"), Kind.PARSE, plan.parse_requests_a_month),
    )
    for title, kind, limit in limits:
        yield Bar(title, usage.used(payer, kind), limit, usage.ends_at(payer, kind))
