"""Faults go to the Sentry that `SENTRY_DSN` names: what the log notes as an error, and what nobody caught.

An exception's words may quote a document, a path may hold an id, a header a key. So an event is put together anew
from what cannot: kinds of exceptions, places in the code, ids of request, organization and key.
"""

from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration

from ocr.api.requests import callers_ids, request_id

KEPT = ("event_id", "timestamp", "platform", "level", "release", "environment", "server_name", "sdk", "tags")
KEPT_OF_FRAME = ("filename", "abs_path", "function", "module", "lineno", "in_app")


def begin(role: str) -> None:
    """Report the faults of this process."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=f"spocr@{settings.VERSION}",
        # Django's own integration reads requests, which hold keys and documents; its log tells of each fault.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, sentry_logs_level=None),
            ExcepthookIntegration(),
            ThreadingIntegration(propagate_scope=False),
            AtexitIntegration(lambda pending, timeout: None),  # says nothing on the console
            DedupeIntegration(),
        ],
        before_send=_clean,
        max_breadcrumbs=0,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        send_default_pii=False,
        send_client_reports=False,
        auto_session_tracking=False,
        traces_sample_rate=None,
    )
    sentry_sdk.get_global_scope().set_tag("node", role)  # of every thread


def flush(seconds: float) -> None:
    """Send what waits."""
    sentry_sdk.flush(timeout=seconds)


def _clean(event: Any, hint: dict[str, Any]) -> Any:
    """The event without anything that a person or a document may have said."""
    if (record := hint.get("log_record")) is not None and record.name == "django.request" and not record.exc_info:
        return None  # the answer 500 to a fault that its own place has reported
    organization, key = callers_ids()
    clean = {name: event[name] for name in KEPT if name in event}
    clean["tags"] = {
        **clean.get("tags", {}), "request_id": request_id(), "organization": organization, "key": key
    }  # fmt: skip
    if exceptions := event.get("exception"):
        clean["exception"] = {"values": [_exception(each) for each in exceptions.get("values", ())]}
    if record is not None:
        # The statement that logged it, not its words: they hold names of what they speak about.
        clean["logger"] = record.name
        clean["message"] = f"{record.name}: {record.funcName}, line {record.lineno}"
    return clean


def _exception(found: dict[str, Any]) -> dict[str, Any]:
    frames = (found.get("stacktrace") or {}).get("frames", ())
    return {
        "type": found.get("type"),
        "module": found.get("module"),
        "stacktrace": {"frames": [{name: each[name] for name in KEPT_OF_FRAME if name in each} for each in frames]},
    }
