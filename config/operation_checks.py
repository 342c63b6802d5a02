"""System checks of an installation as a whole: settings that are each allowed, and dangerous together."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils.module_loading import import_string

from ocr.storage import FOLDER

# Whoever may be believed, or sent to, from there is anybody.
WIDEST = 8
INNERMOST = ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")


@register()
def check_sign_in(**_: Any) -> Iterable[CheckMessage]:
    """spocr.E004: signing in with another service is set up wholly, or not at all."""
    return [
        Error(
            f"{missing} is not set, so nobody can sign in with {service}.",
            hint=f"Set it, or unset the other settings of {service}.",
            id="spocr.E004",
        )
        for service, missing in settings.SIGN_IN_MISSING
    ]


@register()
def check_proxies(**_: Any) -> Iterable[CheckMessage]:
    """spocr.E005: not everybody's X-Forwarded-For is believed."""
    wide = [str(network) for network in settings.TRUSTED_PROXIES if network.prefixlen < WIDEST]
    if not wide:
        return []
    message = f"SPOCR_TRUSTED_PROXIES holds {wide[0]}: anybody could give any address as theirs and pass every limit."
    return [Error(message, hint="Give the proxy's own network, such as 172.30.0.0/24.", id="spocr.E005")]


@register()
def check_mail_backend(**_: Any) -> Iterable[CheckMessage]:
    """spocr.E008: mail has a way out that exists."""
    try:
        import_string(settings.EMAIL_BACKEND)
    except ImportError:
        message = f"EMAIL_BACKEND is {settings.EMAIL_BACKEND}, which does not exist: no mail would be sent."
        return [Error(message, hint="Set it to django.core.mail.backends.smtp.EmailBackend.", id="spocr.E008")]
    return []


@register()
def check_site_address(**_: Any) -> Iterable[CheckMessage]:
    """spocr.E009: the public address is one."""
    if _is_address(settings.SITE_URL, has_key=False):
        return []
    message = f"SPOCR_SITE_URL is {settings.SITE_URL}: links in mails would lead nowhere."
    return [Error(message, hint="Begin it with https://, such as https://ocr.example.com.", id="spocr.E009")]


@register()
def check_hosts(**_: Any) -> Iterable[CheckMessage]:
    """spocr.E006: the public address is one that is answered."""
    host = urlsplit(settings.SITE_URL).hostname
    if host is None:  # spocr.E009
        return []
    allowed = [name.strip("[]").lower() for name in settings.ALLOWED_HOSTS]
    if "*" in allowed or any(name == host or (name.startswith(".") and f".{host}".endswith(name)) for name in allowed):
        return []
    message = f"ALLOWED_HOSTS does not hold {host}, the host of SPOCR_SITE_URL: every request to it is answered 400."
    return [Error(message, hint=f"Add {host} to ALLOWED_HOSTS.", id="spocr.E006")]


@register()
def check_telemetry(**_: Any) -> Iterator[CheckMessage]:
    """spocr.E007: faults and spans have an address, and the packages that send them are installed."""
    watching = (
        ("SENTRY_DSN", settings.SENTRY_DSN, "sentry_sdk", "https://KEY@sentry.example.com/1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", settings.OTEL_ENDPOINT, "opentelemetry", "http://collector:4318"),
    )
    for name, address, package, example in watching:
        if not address:
            continue
        if find_spec(package) is None:
            hint = f"pip install -r requirements-extras.txt, or unset {name}."
            yield Error(f"{name} is set, but the package {package} is not installed.", hint=hint, id="spocr.E007")
        elif not _is_address(address, has_key="KEY@" in example):
            yield Error(f"{name} is no address of such a server.", hint=f"Write it as {example}.", id="spocr.E007")


def _is_address(given: str, *, has_key: bool) -> bool:
    """Of a server that is spoken to over HTTP; with a key, of a project there."""
    parts = urlsplit(given)
    is_project = bool(parts.username) and parts.path.rpartition("/")[2].isdigit()
    return parts.scheme in ("http", "https") and bool(parts.hostname) and (is_project or not has_key)


@register()
def check_nodes(**_: Any) -> Iterator[CheckMessage]:
    """spocr.W005 and W006: with a broker, work is done on other machines, which see neither SQLite nor a folder."""
    if not settings.CELERY_BROKER_URL:
        return
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Warning(
            "CELERY_BROKER_URL is set, but the database is SQLite: workers on other machines do not see it.",
            hint="Set DATABASE_URL to PostgreSQL (manage.py move_to brings the rows), or unset CELERY_BROKER_URL.",
            id="spocr.W005",
        )
    if settings.STORAGES["default"]["BACKEND"] == FOLDER:
        yield Warning(
            "CELERY_BROKER_URL is set, but files lie in a folder: workers on other machines do not see it.",
            hint="Set SPOCR_STORAGE_URL to a bucket, or share the folder. manage.py move_to brings the files.",
            id="spocr.W006",
        )


@register(Tags.security, deploy=True)
def check_believed_address(**_: Any) -> Iterable[CheckMessage]:
    """spocr.W007: behind a proxy with TLS, callers' own addresses are known."""
    if not settings.BEHIND_HTTPS or settings.TRUSTED_PROXIES:
        return []
    message = "SPOCR_TRUSTED_PROXIES is not set: behind a proxy every caller has the proxy's address and limit."
    return [Warning(message, hint="Set it to the proxy's network, such as 172.30.0.0/24.", id="spocr.W007")]


@register(Tags.security, deploy=True)
def check_inner_networks(**_: Any) -> Iterator[CheckMessage]:
    """spocr.W008: strangers' URLs do not lead to this machine or to a cloud's secrets."""
    inner = [ip_network(network) for network in INNERMOST]
    for name in ("FETCH_ALLOWED_NETWORKS", "WEBHOOK_ALLOWED_NETWORKS"):
        for network in getattr(settings, name):
            if any(network.version == each.version and network.overlaps(each) for each in inner):
                yield Warning(
                    f"SPOCR_{name} holds {network}: strangers' URLs lead to this machine, or to its cloud's secrets.",
                    hint="Name only the networks of receivers that you know.",
                    id="spocr.W008",
                )


@register(Tags.security, deploy=True)
def check_any_host(**_: Any) -> Iterable[CheckMessage]:
    """spocr.W009: links in mails name hosts that are ours."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    message = "ALLOWED_HOSTS is *: a forged Host header gets into links."
    return [Warning(message, hint="Name the hosts, such as ocr.example.com.", id="spocr.W009")]
