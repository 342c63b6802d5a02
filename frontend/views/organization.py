"""The organization: its name, what it keeps, its data, its end; and the way from one to another."""

from contextlib import suppress

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import caller, organizations, roles
from accounts.errors import Invalid, Unavailable
from accounts.roles import Act
from billing import closing
from frontend import problems, visitor
from frontend.organization_forms import CloseForm, NameForm, RetentionForm
from frontend.sentences import said
from ocr import takeout


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show everything; on POST rename."""
    organization = visitor.organization(request, Act.CHANGE_SETTINGS if request.method == "POST" else Act.LOOK)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": organization.name})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        organizations.rename(organization, name, by=visitor.person(request), address=caller.address(request))
        messages.success(request, _("The organization is called “%(name)s” now.") % {"name": name})
        return redirect("organization")
    kept = RetentionForm(initial={name: getattr(organization, name) for name in RetentionForm.base_fields})
    return _shown(request, form=form, retention=kept)


@require_POST
@login_required
@problems.shown
def retention(request: HttpRequest) -> HttpResponse:
    """Set how long things are kept."""
    organization = visitor.organization(request, Act.CHANGE_SETTINGS)
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _shown(request, form=NameForm(initial={"name": organization.name}), retention=form)
    days = form.cleaned_data
    organizations.keep(organization, days, by=visitor.person(request), address=caller.address(request))
    messages.success(request, _("Saved. What is older is deleted within the hour."))
    return redirect("organization")


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def close(request: HttpRequest) -> HttpResponse:
    """Ask for the name, then begin the days after which everything is gone."""
    organization = visitor.organization(request, Act.DELETE)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            organizations.close(
                organization,
                typed_name=form.cleaned_data["typed_name"],
                by=visitor.person(request),
                address=caller.address(request),
            )
        except Invalid as problem:
            form.add_error("typed_name", said(problem))
        else:
            with suppress(Unavailable):  # by the clock, then
                closing.end(organization, by=visitor.actor(request))
            return redirect("organization")
    shown = {
        "here": "organization",
        "organization": organization,
        "form": form,
        "has_subscription": closing.has_subscription(organization),
    }
    return render(request, "organization/close.html", shown, status=400 if form.errors else 200)


@require_POST
@login_required
@problems.shown
def reopen(request: HttpRequest) -> HttpResponse:
    """Take the wish to delete back."""
    organization = visitor.organization(request, Act.DELETE)
    organizations.reopen(organization, by=visitor.person(request), address=caller.address(request))
    messages.success(request, _("The organization stays. Its keys work again."))
    if closing.has_subscription(organization):
        messages.info(request, _("Its subscription still ends with the period. Under Billing you can go on with it."))
    return redirect("organization")


@require_POST
@login_required
@problems.shown
def export(request: HttpRequest) -> HttpResponse | FileResponse:
    """Download everything as one archive."""
    organization = visitor.organization(request, Act.EXPORT)
    archive = takeout.pack(organization, by=visitor.person(request), address=caller.address(request))
    return FileResponse(archive, as_attachment=True, filename=f"{organization.public_id}.zip")


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def new(request: HttpRequest) -> HttpResponse:
    """Make another organization and work in it."""
    form = NameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person = visitor.person(request)
        organization = organizations.create(person, name=form.cleaned_data["name"])
        organizations.choose(person, organization.public_id)
        return redirect("dashboard")
    shown = {"here": "organization", "form": form}
    return render(request, "organization/new.html", shown, status=400 if form.errors else 200)


@require_POST
@login_required
@problems.shown
def switch(request: HttpRequest) -> HttpResponse:
    """Work in another of one's organizations."""
    organizations.choose(visitor.person(request), request.POST.get("organization", ""))
    return redirect("dashboard")


def _shown(request: HttpRequest, *, form: NameForm, retention: RetentionForm) -> HttpResponse:
    organization = visitor.organization(request, Act.LOOK)
    role = roles.of(organization, visitor.person(request))
    shown = {
        "here": "organization",
        "organization": organization,
        "form": form,
        "retention": retention,
        "may": {act.name.lower(): role in roles.MAY[act] for act in Act},
    }
    return render(request, "organization/settings.html", shown, status=400 if form.errors or retention.errors else 200)
