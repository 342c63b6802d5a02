"""The log: lines or JSON objects on standard error, with ids of request, organization and key, and without keys."""

from typing import Any

LEVELS = ("info", "debug", "warning", "error", "critical")


def configuration(form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING. `form` is line or json, `level` one of `LEVELS`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": "ocr.api.requests.RequestIdFilter"},
            "redact": {"()": "ocr.api.redaction.RedactKeys"},
        },
        "formatters": _FORMATTERS,
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["request_id", "redact"],
            },
        },
        "root": {"handlers": ["console"], "level": level.upper()},
        "loggers": {
            "django.server": {"handlers": ["console"], "propagate": False},
            **{name: {"level": "WARNING"} for name in ("stripe", "weasyprint", "fontTools")},
            # The web server's own words may quote a request line, and with it a key.
            "gunicorn.error": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        },
    }


_FORMATTERS = {
    "line": {"format": "{asctime} {levelname} {name} {request_id} {message}", "style": "{"},
    "json": {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": ["levelname", "name", "request_id", "organization", "key", "message"],
        "rename_fields": {"levelname": "level", "name": "logger"},
        "timestamp": True,
    },
}
