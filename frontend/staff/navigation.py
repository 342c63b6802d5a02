"""What stands at the side of every staff page."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

Group = dict[str, object]


def groups(request: HttpRequest) -> list[Group]:
    """For django-unfold: titles, icons, links."""
    return [
        _group(
            _("Customers"),
            (_("Organizations"), "domain", "accounts_organization_changelist"),
            (_("People"), "group", "accounts_user_changelist"),
            (_("API keys"), "key", "accounts_apikey_changelist"),
            (_("Audit log"), "history", "accounts_auditevent_changelist"),
        ),
        _group(
            _("Work"),
            (_("Jobs"), "list_alt", "ocr_job_changelist"),
            (_("Webhook deliveries"), "send", "ocr_webhookdelivery_changelist"),
        ),
        _group(
            _("Books"),
            (_("Plans"), "sell", "plans"),
            (_("Usage records"), "receipt_long", "billing_usagerecord_changelist"),
            (_("Stripe events"), "credit_card", "billing_stripeevent_changelist"),
            (_("Ledger and meter"), "balance", "meter"),
        ),
    ]


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    return [{"title": _("Second step"), "link": reverse("mfa_index")}]


def _group(title: str, *items: tuple[str, str, str]) -> Group:
    links = [{"title": name, "icon": icon, "link": _address(route)} for name, icon, route in items]
    return {"title": title, "items": links}


def _address(route: str) -> str:
    return reverse(route if route == "meter" else f"admin:{route}")
