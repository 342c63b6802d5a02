"""What narrows an API key: scopes, one sheet, callers' networks, a monthly cap, an end."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.errors import Forbidden, Invalid
from accounts.models import ApiKey, Scope, all_scopes

MAX_NETWORKS = 50
# The scopes that make sense beside a limit to one sheet.
SHEET_SCOPES = {Scope.SHEETS_READ.value, Scope.SHEETS_WRITE.value}


@dataclass(frozen=True)
class Limits:
    """Limits of one key; the defaults limit nothing.

    Attributes:
        scopes: Values of `Scope`, at least one.
        sheet_key: The unique key of the one sheet that the key is good for; "" for all.
        networks: Callers' networks such as 10.0.0.0/8, or single addresses; empty for any.
        monthly_cap: Requests a month; None for none but the plan's.
        expires_at: Refused from this moment on.
    """

    scopes: tuple[str, ...] = tuple(all_scopes())
    sheet_key: str = ""
    networks: tuple[str, ...] = ()
    monthly_cap: int | None = None
    expires_at: datetime | None = None

    @classmethod
    def of(cls, key: ApiKey) -> "Limits":
        return cls(tuple(key.scopes), key.sheet_key, tuple(key.networks), key.monthly_cap, key.expires_at)

    def check(self, *, now: datetime) -> None:
        """Refuse limits that contradict each other or cannot be understood.

        Raises:
            Invalid: details: field.
        """
        if not self.scopes:
            raise Invalid("Choose at least one thing that the key may do.", field="scopes")
        if unknown := set(self.scopes) - set(Scope.values):
            known = ", ".join(Scope.values)
            raise Invalid(f"There is no scope {min(unknown)!r}. Choose from {known}.", field="scopes")
        if self.sheet_key and set(self.scopes) - SHEET_SCOPES:
            raise Invalid("A key for one sheet may only read or change sheets.", field="scopes")
        if self.monthly_cap is not None and not 1 <= self.monthly_cap < 2**31:
            raise Invalid("A cap is a number of requests from 1.", field="monthly_cap")
        if self.expires_at is not None and self.expires_at <= now:
            raise Invalid("The key would have expired already. Choose a later day.", field="expires_at")
        _check_networks(self.networks)

    def as_fields(self) -> dict[str, Any]:
        """By the names of the model's fields."""
        return {
            "scopes": list(self.scopes),
            "sheet_key": self.sheet_key,
            "networks": list(self.networks),
            "monthly_cap": self.monthly_cap,
            "expires_at": self.expires_at,
        }

    def as_details(self) -> dict[str, Any]:
        """For the audit log."""
        fields = self.as_fields()
        return {**fields, "expires_at": self.expires_at.isoformat() if self.expires_at else None}


ALL = Limits()


def demand_scopes(key: ApiKey, *needed: str) -> None:
    """Refuse a key that lacks one of the scopes.

    Raises:
        Forbidden: details: scope.
    """
    for scope in needed:
        if scope not in key.scopes:
            raise Forbidden(
                f"The API key lacks the scope {str(scope)!r}. "
                "Give it that scope on the page of keys, or use another key.",
                scope=scope,
            )


def demand_address(key: ApiKey, address: str) -> None:
    """Refuse a caller outside the key's networks.

    Raises:
        Forbidden
    """
    if key.networks and not any(ipaddress.ip_address(address) in network(text) for text in key.networks):
        raise Forbidden(f"The API key may not be used from the address {address}. Add it on the page of keys.")


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A network such as 10.0.0.0/8, or one address.

    Raises:
        Invalid: details: field.
    """
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        proposal = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Invalid(f"{text!r} is no network. Write 203.0.113.7 or 203.0.113.0/24.", field="networks") from None
    raise Invalid(f"{text!r} has bits set behind its mask. Did you mean {proposal}?", field="networks")


def _check_networks(networks: tuple[str, ...]) -> None:
    if len(networks) > MAX_NETWORKS:
        raise Invalid(f"At most {MAX_NETWORKS} networks.", field="networks")
    for text in networks:
        network(text)
