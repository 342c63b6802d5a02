"""Other services that people may sign in with: each is on when its id and secret are set."""

from typing import Any
from urllib.parse import urlsplit

from config import env

APPS = {
    "google": "allauth.socialaccount.providers.google",
    "github": "allauth.socialaccount.providers.github",
    "openid_connect": "allauth.socialaccount.providers.openid_connect",
}


def providers() -> dict[str, dict[str, Any]]:
    """Settings of allauth by provider, for those whose id and secret the environment holds."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("google", "github"):
        if app := _app(name.upper()):
            found[name] = {"APPS": [app], "SCOPE": ["profile", "email"] if name == "google" else ["user:email"]}
    if (app := _app("OIDC")) and (server := env.text("OIDC_SERVER_URL")):
        named = {"provider_id": "oidc", "name": env.text("OIDC_NAME", "OpenID Connect")}
        found["openid_connect"] = {"APPS": [{**app, **named, "settings": {"server_url": server}}]}
    return found


def servers() -> list[str]:
    """Where the page that leads to another service may send its form on to; none without a service.

    Any https address: a service's page of sign-in may lie on another host than its settings name, and send people
    on to that of their company. Without TLS, as on a closed network, the server itself.
    """
    if not providers():
        return []
    server = urlsplit(env.text("OIDC_SERVER_URL"))
    return ["https:", f"http://{server.netloc}"] if server.scheme == "http" else ["https:"]


def missing() -> list[tuple[str, str]]:
    """Services of which only some settings are there, each with a setting that is not."""
    parts = {name: [f"{name}_CLIENT_ID", f"{name}_CLIENT_SECRET"] for name in ("GOOGLE", "GITHUB", "OIDC")}
    parts["OIDC"].append("OIDC_SERVER_URL")
    return [
        (service, next(name for name in names if not env.text(name)))
        for service, names in parts.items()
        if 0 < sum(bool(env.text(name)) for name in names) < len(names)
    ]


def _app(prefix: str) -> dict[str, Any] | None:
    client_id, secret = env.text(f"{prefix}_CLIENT_ID"), env.text(f"{prefix}_CLIENT_SECRET")
    return {"client_id": client_id, "secret": secret} if client_id and secret else None
