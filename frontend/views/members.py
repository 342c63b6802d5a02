"""Members: listed, invited, promoted, removed; and the page behind an invitation's link."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import caller, mail, roles
from accounts import members as acts
from accounts.errors import Conflict, Invalid
from accounts.models import Invitation, Organization, User
from accounts.roles import Act
from frontend import problems, visitor
from frontend.organization_forms import InviteForm, RoleForm
from frontend.sentences import said


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def members(request: HttpRequest) -> HttpResponse:
    """List members and open invitations; on POST invite."""
    organization = visitor.organization(request, Act.MANAGE_MEMBERS if request.method == "POST" else Act.LOOK)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _invite(request, organization, form):
        return redirect("members")
    person = visitor.person(request)
    shown = {
        "here": "organization",
        "form": form,
        "members": organization.memberships.select_related("user").order_by("created_at"),
        "roles": RoleForm.base_fields["role"].choices,  # type: ignore[attr-defined]
        "invitations": organization.invitations.filter(accepted_at=None, expires_at__gt=timezone.now()).order_by("id"),
        "may_manage": roles.may(organization, person, Act.MANAGE_MEMBERS),
        "may_own": roles.may(organization, person, Act.MANAGE_OWNERS),
    }
    return render(request, "members/members.html", shown, status=400 if form.errors else 200)


@require_POST
@login_required
@problems.shown
def set_role(request: HttpRequest, member_id: int) -> HttpResponse:
    """Give a member another role."""
    organization = visitor.organization(request, Act.MANAGE_MEMBERS)
    role = request.POST.get("role", "")
    acts.set_role(organization, member_id, role, by=visitor.person(request), address=caller.address(request))
    messages.success(request, _("The role is changed."))
    return redirect("members")


@require_POST
@login_required
@problems.shown
def remove(request: HttpRequest, member_id: int) -> HttpResponse:
    """Take a member out, or leave."""
    organization = visitor.organization(request, Act.LOOK)
    acts.remove(organization, member_id, by=visitor.person(request), address=caller.address(request))
    is_out = not organization.memberships.filter(user=visitor.person(request)).exists()
    messages.success(request, _("You have left the organization.") if is_out else _("The member is removed."))
    return redirect("dashboard" if is_out else "members")


@require_POST
@login_required
@problems.shown
def transfer(request: HttpRequest, member_id: int) -> HttpResponse:
    """Hand the ownership over."""
    organization = visitor.organization(request, Act.MANAGE_OWNERS)
    acts.transfer(organization, member_id, by=visitor.person(request), address=caller.address(request))
    messages.success(request, _("The ownership is handed over; you are an admin now."))
    return redirect("members")


@require_POST
@login_required
@problems.shown
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make an invitation's link dead."""
    organization = visitor.organization(request, Act.MANAGE_MEMBERS)
    acts.withdraw(organization, public_id, by=visitor.person(request), address=caller.address(request))
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("members")


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
@problems.shown
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites; on POST become a member."""
    person = visitor.person(request)
    if request.method == "POST":
        organization = acts.accept(token, person, address=caller.address(request))
        messages.success(request, _("Welcome to %(name)s.") % {"name": organization.name})
        return redirect("dashboard")
    return render(request, "members/join.html", {"invitation": acts.find_invitation(token, person)})


def _invite(request: HttpRequest, organization: Organization, form: InviteForm) -> bool:
    if not form.is_valid():
        return False
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    person, address = visitor.person(request), caller.address(request)
    try:
        invitation, token = acts.invite(organization, email, role, by=person, address=address)
    except (Invalid, Conflict) as problem:
        form.add_error("email", said(problem))
        return False
    try:
        _send(invitation, token)
    except OSError:
        acts.withdraw(organization, invitation.public_id, by=person, address=address)
        form.add_error("email", _("The mail could not be sent, and nobody is invited. Try again in some minutes."))
        return False
    messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": invitation.email})
    return True


def _send(invitation: Invitation, token: str) -> None:
    """In the language of whoever has an account already, else in that of the page where they were invited."""
    known = User.objects.filter(email=invitation.email).first()
    person = known or User(email=invitation.email, language=get_language() or "")
    mail.to([person], "members/invitation_mail.txt", invitation=invitation, token=token)
