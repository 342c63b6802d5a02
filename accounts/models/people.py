"""People, the organizations they work in, and how one gets into another."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models.ids import invitation_id, organization_id

KNOWN_ROLES = ["owner", "admin", "member", "viewer"]


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Belongs to no organization by itself: see Membership. Dies on request."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="Works for the operator of this site.")
    language = models.CharField(max_length=8, blank=True, help_text="Of mails to them. Empty: the site's own.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
        ]

    def __str__(self) -> str:
        return self.email


class Organization(models.Model):
    """The tenant: owns keys, usage and everything that is read for it.

    Dies at `deletion_due_at`, some days after an owner asked for it, with every row and file.
    """

    public_id = models.CharField(max_length=24, unique=True, default=organization_id, editable=False)
    name = models.CharField(max_length=100)
    plan = models.CharField(max_length=40, default="free", help_text="An id of the plan table.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    members = models.ManyToManyField(User, through="Membership", related_name="organizations")
    suspended_at = models.DateTimeField(null=True, help_text="Set by staff: keys rest, members only look.")
    deletion_due_at = models.DateTimeField(null=True, help_text="Set while deletion is asked for; keys rest.")
    keep_images_days = models.PositiveIntegerField(null=True, help_text="Null: until deleted. 0: not at all.")
    keep_results_days = models.PositiveIntegerField(null=True, help_text="Rows of sheets. Null: until deleted.")
    keep_logs_days = models.PositiveIntegerField(default=365, help_text="Audit events and webhook deliveries.")

    class Meta:
        indexes: ClassVar = [
            # The sweep of organizations whose time has come.
            models.Index(
                fields=["deletion_due_at"],
                condition=models.Q(deletion_due_at__isnull=False),
                name="organization_to_delete",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's part in an organization. Dies with either."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        MEMBER = "member"
        VIEWER = "viewer"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    chosen_at = models.DateTimeField(null=True, help_text="When the person last switched to this organization.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=KNOWN_ROLES), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}: {self.role}"


class Invitation(models.Model):
    """An offer of a role to whoever owns an e-mail address. Used once; dies with the organization."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invitations")
    public_id = models.CharField(max_length=24, unique=True, default=invitation_id, editable=False)
    email = models.EmailField(help_text="In small letters. Only a person with this address confirmed may accept.")
    role = models.CharField(max_length=10, choices=Membership.Role.choices)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the mailed token, in hex.")
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(accepted_at__isnull=True),
                name="invitation_open_once",
            ),
            models.CheckConstraint(condition=models.Q(role__in=KNOWN_ROLES), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organization} as {self.role}"
