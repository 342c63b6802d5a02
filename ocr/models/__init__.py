"""Rows of the reading service, by subject."""

from ocr.models.clock import RateWindow, ScheduledRun
from ocr.models.jobs import Job
from ocr.models.sheets import Correction, Item, Row, StoredFile

__all__ = ["Correction", "Item", "Job", "RateWindow", "Row", "ScheduledRun", "StoredFile"]
