"""Who uses the service: people, their organizations, and the organizations' API keys."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import get_random_string

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def organization_id() -> str:
    return "org_" + get_random_string(16, ALPHANUMERIC)


def key_id() -> str:
    return "key_" + get_random_string(16, ALPHANUMERIC)


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
    """The tenant: owns keys, usage and everything that is read for it. Dies on request of an owner."""

    public_id = models.CharField(max_length=24, unique=True, default=organization_id, editable=False)
    name = models.CharField(max_length=100)
    plan = models.CharField(max_length=40, default="free", help_text="An id of the plan table.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    members = models.ManyToManyField(User, through="Membership", related_name="organizations")

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

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "admin", "member", "viewer"]),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}: {self.role}"


class ApiKey(models.Model):
    """A secret that speaks for an organization. Only its hash is kept. Dies with the organization."""

    public_id = models.CharField(max_length=24, unique=True, default=key_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="keys")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key, in hex.")
    hint = models.CharField(max_length=20, help_text="First and last characters, to tell keys apart.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, help_text="Exact to the minute.")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            # The dashboard's list of an organization's keys, newest first.
            models.Index(fields=["organization", "-created_at"], name="key_of_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"
