"""System checks: each has an id and a sentence that says what to set. `manage.py check` runs them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from accounts.errors import SpocrError
from billing import plans
from ocr.engines.tesseract import find_tessdata

# They lose a running task when a worker is killed.
LOSSY_BROKERS = ("filesystem", "memory", "sqla", "sqlalchemy", "db")


@register()
def check_plans(**_: Any) -> Iterable[CheckMessage]:
    """spocr.E001: the plan table can be read."""
    try:
        plans.table(settings.PLANS_FILE)
    except plans.BrokenPlanTable as error:
        return [Error(str(error), hint="Mend the file that SPOCR_PLANS_FILE names.", id="spocr.E001")]
    return []


@register()
def check_broker(**_: Any) -> Iterable[CheckMessage]:
    """spocr.E002: the broker does not lose tasks."""
    scheme = settings.CELERY_BROKER_URL.partition(":")[0].partition("+")[0]
    if scheme in LOSSY_BROKERS:
        message = f"CELERY_BROKER_URL begins with {scheme}: such a broker loses tasks when a worker is killed."
        return [Error(message, hint="Use redis:// (maxmemory-policy noeviction) or amqp://.", id="spocr.E002")]
    return []


@register()
def check_tesseract(**_: Any) -> Iterable[CheckMessage]:
    """spocr.W001: Tesseract's language data is installed on this machine."""
    try:
        find_tessdata(settings.TESSDATA_DIR)
    except SpocrError as error:
        return [Warning(str(error), hint="A web node without engines may ignore this.", id="spocr.W001")]
    return []


@register()
def check_language_model(**_: Any) -> Iterator[CheckMessage]:
    """spocr.E003: a language model is set up wholly, or not at all."""
    url, model = settings.LLM_BASE_URL, settings.LLM_MODEL
    if url and not url.startswith(("http://", "https://")):
        message = "SPOCR_LLM_BASE_URL does not begin with http:// or https://."
        yield Error(message, hint="Give the address up to /chat/completions.", id="spocr.E003")
    if bool(url) != bool(model):
        missing = "SPOCR_LLM_MODEL" if url else "SPOCR_LLM_BASE_URL"
        message = f"{missing} is not set, so the language model is not used."
        yield Error(message, hint="Set both, or neither.", id="spocr.E003")
    elif settings.LLM_API_KEY and not url:
        message = "SPOCR_LLM_API_KEY is set, but no language model."
        yield Error(message, hint="Set SPOCR_LLM_BASE_URL and SPOCR_LLM_MODEL too.", id="spocr.E003")


@register(Tags.security, deploy=True)
def check_address(**_: Any) -> Iterator[CheckMessage]:
    """spocr.W002 and W003: the public address is set and served over https."""
    if settings.SITE_URL.startswith("http://127.0.0.1"):
        yield Warning(
            "SPOCR_SITE_URL is not set: links in mails point at 127.0.0.1.",
            hint="Set it to the address that people use, such as https://ocr.example.com.",
            id="spocr.W002",
        )
    elif not settings.BEHIND_HTTPS:
        yield Warning(
            "SPOCR_SITE_URL begins with http://: passwords and documents travel in the clear.",
            hint="Put a proxy with TLS in front and set an https:// address.",
            id="spocr.W003",
        )


@register(Tags.security, deploy=True)
def check_mail(**_: Any) -> Iterable[CheckMessage]:
    """spocr.W004: mail leaves this machine."""
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        message = "EMAIL_BACKEND prints mail to the console: nobody can confirm an address."
        hint = "Set EMAIL_BACKEND=django.core.mail.backends.smtp.EmailBackend and EMAIL_HOST."
        return [Warning(message, hint=hint, id="spocr.W004")]
    return []
