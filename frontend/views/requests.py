"""The request log: each request to the APIs, found by its id, key, endpoint, outcome or day."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Organization
from accounts.roles import Act
from billing.models import UsageRecord
from frontend import problems, visitor
from frontend.developer.forms import RequestFilterForm
from ocr import request_log
from ocr.api.endpoints import all_endpoints
from ocr.models import RequestRecord
from ocr.request_log import Filter

ON_A_PAGE = 50
OTHER = "other"


@require_safe
@login_required
@problems.shown
def requests(request: HttpRequest) -> HttpResponse:
    """A page of the log; a whole id leads to its request."""
    organization = visitor.organization(request, Act.MANAGE_KEYS)
    if asked := request.GET.get("id", "").strip():
        return redirect("request", asked[:64].replace("/", ""))
    form = RequestFilterForm(organization, request.GET or None)
    is_wrong = form.is_bound and not form.is_valid()
    wanted = form.filter if form.is_bound and not is_wrong else Filter()
    found = request_log.listed(organization, wanted, limit=ON_A_PAGE)
    names = _key_names(organization)
    kept = {name: value for name, value in request.GET.items() if value and name != "after"}
    shown = {
        "here": "developers",
        "form": form,
        "rows": [(record, _path(record), names.get(record.key, record.key)) for record in found.records],
        "older": urlencode({**kept, "after": found.next_after}) if found.next_after else "",
        "newest": urlencode(kept) if wanted.after else None,
        "is_filtered": bool(kept),
        "keep_days": organization.keep_logs_days,
    }
    return render(request, "developer/requests.html", shown, status=400 if is_wrong else 200)


@require_safe
@login_required
@problems.shown
def one(request: HttpRequest, request_id: str) -> HttpResponse:
    """One request: how it was answered, where its time went, what it cost."""
    organization = visitor.organization(request, Act.MANAGE_KEYS)
    record = request_log.get(organization, request_id)
    shown = {
        "here": "developers",
        "record": record,
        "path": _path(record),
        "key": organization.keys.filter(public_id=record.key).first(),
        "stages": _stages(record),
        "charge": _charge(organization, record),
    }
    return render(request, "developer/request.html", shown)


def _path(record: RequestRecord) -> str:
    """The endpoint as the reference writes it."""
    same = [endpoint for endpoint in all_endpoints() if endpoint.route == record.endpoint]
    exact = [endpoint for endpoint in same if endpoint.method == record.method]
    return (exact or same)[0].path if same else record.endpoint


def _stages(record: RequestRecord) -> list[tuple[str, int, int]]:
    """Name, milliseconds and width in percent of each stage, and of what is left of the whole.

    Pages are read side by side: their sum may be longer than the request.
    """
    left = record.milliseconds - sum(record.stages.values())
    stages = [*record.stages.items(), (OTHER, left)] if left > 0 else list(record.stages.items())
    whole = max(record.milliseconds, sum(record.stages.values()), 1)
    return [(name, spent, round(100 * spent / whole)) for name, spent in stages]


def _charge(organization: Organization, record: RequestRecord) -> UsageRecord | None:
    if record.usage_id is None:
        return None
    return organization.usage_records.filter(id=record.usage_id).first()


def _key_names(organization: Organization) -> dict[str, str]:
    return dict(organization.keys.values_list("public_id", "name"))
