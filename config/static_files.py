"""Which static files are collected, and how they are packed: a first start takes seconds, not minutes."""

from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(StaticFilesConfig):
    """Leaves out what libraries bring along and no page of ours asks for."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]  # noqa: RUF012 - as Django has it


class PackedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Packs with gzip alone: brotli takes over a minute for Swagger UI."""

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(use_brotli=False, **options)
