"""Who uses the service: people, their organizations, and the organizations' API keys."""

from accounts.models.audit import AuditEvent, DeletionReceipt
from accounts.models.ids import ALPHANUMERIC, invitation_id, key_id, organization_id
from accounts.models.keys import ApiKey, KeyMonth, Scope, all_scopes
from accounts.models.people import Invitation, Membership, Organization, User, UserManager

__all__ = [
    "ALPHANUMERIC",
    "ApiKey",
    "AuditEvent",
    "DeletionReceipt",
    "Invitation",
    "KeyMonth",
    "Membership",
    "Organization",
    "Scope",
    "User",
    "UserManager",
    "all_scopes",
    "invitation_id",
    "key_id",
    "organization_id",
]
