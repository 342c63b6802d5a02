"""How static files are packed: a first start takes seconds, not minutes."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class PackedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Packs with gzip alone: brotli takes over a minute for Swagger UI."""

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(use_brotli=False, **options)
