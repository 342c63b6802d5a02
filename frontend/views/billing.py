"""Plan and money: what is left, change of plan, spend cap, invoices and statements."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts import caller, roles
from accounts.errors import Invalid, NotFound, SpocrError
from accounts.models import Organization
from accounts.roles import Act
from billing import gateway, money, plans, standing, statements, subscriptions
from billing.models import BillingAccount
from billing.plans import Plan
from frontend import problems, visitor
from frontend.billing_forms import SpendingForm
from frontend.sentences import said


@require_safe
@login_required
@problems.shown
def overview(request: HttpRequest) -> HttpResponse:
    """What is left, the plans, the spend cap. Coming back from a checkout, it only looks; it grants nothing."""
    organization = _organization(request, Act.LOOK)
    return render(request, "billing/billing.html", _shown(request, organization, form=None))


@require_POST
@login_required
@problems.shown
def checkout(request: HttpRequest) -> HttpResponse:
    """Go to Stripe's page to subscribe."""
    organization = _organization(request, Act.MANAGE_BILLING)
    currency = request.POST.get("currency", settings.BILLING_CURRENCY)
    plan_id = request.POST.get("plan", "free")
    page = subscriptions.start_checkout(
        organization, visitor.person(request), plan_id=plan_id, currency=currency, address=caller.address(request)
    )
    return redirect(page)


@require_POST
@login_required
@problems.shown
def payment(request: HttpRequest) -> HttpResponse:
    """Go to Stripe's page for card, address and tax ids."""
    return redirect(subscriptions.open_portal(_organization(request, Act.MANAGE_BILLING)))


@require_GET
@login_required
@problems.shown
def change(request: HttpRequest) -> HttpResponse:
    """Show what a change of plan means, before it is made."""
    organization = _organization(request, Act.MANAGE_BILLING)
    planned = subscriptions.preview_change(organization, request.GET.get("plan", ""))
    currency = planned.account.currency
    lines = planned.preview.lines if planned.preview else ()
    shown = {
        "here": "billing",
        "planned": planned,
        "price": money.shown(planned.plan.price.get(currency, 0), currency),
        "lines": [(words, money.shown(amount, currency)) for words, amount in lines],
        "total": money.shown(planned.preview.total, currency) if planned.preview else "",
    }
    return render(request, "billing/change.html", shown)


@require_POST
@login_required
@problems.shown
def change_now(request: HttpRequest) -> HttpResponse:
    organization = _organization(request, Act.MANAGE_BILLING)
    subscriptions.change_plan(organization, request.POST.get("plan", ""), by=visitor.actor(request))
    messages.success(request, _("The plan is changed."))
    return redirect("billing")


@require_POST
@login_required
@problems.shown
def cancel(request: HttpRequest) -> HttpResponse:
    """Cancel at the end of the period."""
    return _set_ending(request, is_ending=True)


@require_POST
@login_required
@problems.shown
def resume(request: HttpRequest) -> HttpResponse:
    return _set_ending(request, is_ending=False)


@require_POST
@login_required
@problems.shown
def spending(request: HttpRequest) -> HttpResponse:
    """Switch pay-per-image and set its cap."""
    organization = _organization(request, Act.MANAGE_BILLING)
    form = SpendingForm(request.POST, currency=standing.of(organization).terms.currency)
    if form.is_valid():
        is_on, cap = form.cleaned_data["is_on"], form.cleaned_data["cap"]
        try:
            subscriptions.set_spending(organization, is_on=is_on, cap_amount=cap, by=visitor.actor(request))
        except (Invalid, subscriptions.NotSubscribed) as problem:
            form.add_error("cap", said(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("billing")
    return render(request, "billing/billing.html", _shown(request, organization, form=form), status=400)


@require_safe
@login_required
@problems.shown
def invoices(request: HttpRequest) -> HttpResponse:
    """Stripe's invoices, our statements."""
    organization = _organization(request, Act.MANAGE_BILLING)
    account = subscriptions.account_for(organization)
    shown: dict[str, object] = {
        "here": "billing",
        "periods": statements.periods(organization),
        "statement_languages": statements.LANGUAGES,
    }
    try:
        if gateway.is_on() and account.customer_id:
            found = gateway.invoices(account.customer_id)
            shown["invoices"] = [(invoice, money.shown(invoice.total, invoice.currency)) for invoice in found]
            shown["tax_ids"] = gateway.tax_ids(account.customer_id)
    except SpocrError as problem:
        shown["problem"] = problem
    return render(request, "billing/invoices.html", {**shown, "is_on": gateway.is_on()})


@require_GET
@login_required
@problems.shown
def statement(request: HttpRequest, period: str) -> HttpResponse:
    """A cycle's statement as PDF."""
    organization = _organization(request, Act.MANAGE_BILLING)
    language = request.GET.get("language", "en")
    pdf = statements.as_pdf(statements.of(organization, period), language)
    name = f"statement-{period[:10]}-{language}.pdf"
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _organization(request: HttpRequest, act: Act) -> Organization:
    if settings.EDITION == "self_hosted":
        raise NotFound(_("This is a self-hosted edition: there are no plans and no bills."))
    return visitor.organization(request, act)


def _set_ending(request: HttpRequest, *, is_ending: bool) -> HttpResponse:
    organization = _organization(request, Act.MANAGE_BILLING)
    subscriptions.set_ending(organization, is_ending=is_ending, by=visitor.actor(request))
    messages.success(request, _("The plan ends with its period.") if is_ending else _("The plan goes on."))
    return redirect("billing")


def _shown(request: HttpRequest, organization: Organization, *, form: SpendingForm | None) -> dict[str, object]:
    now = standing.of(organization)
    currency = now.terms.currency
    account = BillingAccount.objects.filter(organization=organization).first()
    first = (
        {"is_on": account.is_pay_per_image, "cap": money.major_units(account.cap_amount, currency)} if account else {}
    )
    is_subscribed = bool(account and account.status in subscriptions.LIVE)
    return {
        "here": "billing",
        "is_on": gateway.is_on(),
        "is_owner": roles.may(organization, visitor.person(request), Act.MANAGE_BILLING),
        "is_waiting": request.GET.get("checkout") == "done" and not is_subscribed,
        "account": account,
        "is_subscribed": is_subscribed,
        "may_change": bool(account and account.status in subscriptions.PAID),
        "coming": _coming(account) if account else None,
        "now": now,
        "spent": money.shown(now.spent, currency),
        "cap": money.shown(now.terms.cap_amount, currency),
        "further_price": money.shown(now.terms.unit_price, currency),
        "further_prices": [] if account and account.currency else _prices(now.terms.plan.further_scan_price),
        "plans": [
            (plan, _monthly(plan, currency), [] if account and account.currency else _prices(plan.price))
            for plan in _offered(organization)
        ],
        "form": form or SpendingForm(initial=first, currency=currency),
    }


def _coming(account: BillingAccount) -> tuple[Plan, Plan] | None:
    """The plan that is paid for until the period ends, and the smaller one that follows it."""
    if not account.kept_plan or account.kept_until is None or account.kept_until <= timezone.now():
        return None
    table = settings.PLANS_FILE
    return plans.get(table, account.kept_plan), plans.get(table, account.plan or "free")


def _monthly(plan: Plan, currency: str) -> str:
    """The price of a month; "" for what staff agree upon."""
    return money.shown(plan.price.get(currency, 0), currency) if plan.is_sold or plan.id == "free" else ""


def _prices(prices: Mapping[str, int]) -> list[tuple[str, str]]:
    """Each currency with the price in it."""
    return [(currency, money.shown(amount, currency)) for currency, amount in prices.items()]


def _offered(organization: Organization) -> list[Plan]:
    table = plans.table(settings.PLANS_FILE)
    return [plan for plan in table.values() if plan.is_sold or plan.id in ("free", organization.plan)]
