"""The plan table as it is in force, with the number of organizations on each plan."""

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Organization
from billing import money
from billing import plans as table_of_plans


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """To look at: plans are changed in their file (SPOCR_PLANS_FILE)."""
    from frontend.staff.site import site

    counted = Organization.objects.order_by().values("plan").annotate(count=Count("id"))
    on = dict(counted.values_list("plan", "count"))
    rows = [
        {
            "plan": plan,
            "organizations": on.get(plan.id, 0),
            "prices": [money.shown(amount, currency) for currency, amount in plan.price.items()],
        }
        for plan in table_of_plans.table(settings.PLANS_FILE).values()
    ]
    return render(request, "staff/plans.html", {**site.each_context(request), "title": _("Plans"), "rows": rows})
