"""The web server outside that URLs point to."""

from tests.contracts.conftest import site

__all__ = ["site"]
