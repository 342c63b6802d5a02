"""Rows of the reading service, by subject."""

from ocr.models.clock import RateWindow, ScheduledRun
from ocr.models.idempotency import KeptAnswer
from ocr.models.jobs import Job
from ocr.models.pdfs import SearchablePdf
from ocr.models.probes import Probe, ProbeDay
from ocr.models.requests import RequestRecord
from ocr.models.sheets import Cells, Correction, Item, Row, SavedView, StoredFile
from ocr.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent

__all__ = [
    "Cells",
    "Correction",
    "Item",
    "Job",
    "KeptAnswer",
    "Probe",
    "ProbeDay",
    "RateWindow",
    "RequestRecord",
    "Row",
    "SavedView",
    "ScheduledRun",
    "SearchablePdf",
    "StoredFile",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
