"""Other services that people may sign in with: each is on when its id and secret are set."""

from typing import Any

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


def _app(prefix: str) -> dict[str, Any] | None:
    client_id, secret = env.text(f"{prefix}_CLIENT_ID"), env.text(f"{prefix}_CLIENT_SECRET")
    return {"client_id": client_id, "secret": secret} if client_id and secret else None
