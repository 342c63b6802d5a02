"""The portal, with a hole: what it was asked is kept for ever, and a file stays open for each request."""

import tempfile

from config.wsgi import application as portal

_kept = []


def application(environ, start_response):
    _kept.append((bytearray(64 << 10), tempfile.TemporaryFile()))  # noqa: SIM115
    return portal(environ, start_response)
