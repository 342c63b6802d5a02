"""Keys never reach a log: the Parse API takes them in the query, and errors quote what they choke on."""

import logging
import re

KEYS = re.compile(r"(apikey(?:=|%3d))[^&\s'\"]+|(spocr_)[0-9A-Za-z]{36}", re.IGNORECASE)
_formatter = logging.Formatter()


def redacted(text: str) -> str:
    """The text with every API key struck out."""
    return KEYS.sub(lambda found: (found[1] or found[2]) + "…", text)


class RedactKeys(logging.Filter):
    """Strikes keys out of log records, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if (clean := redacted(message)) != message:
            record.msg, record.args = clean, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redacted(_formatter.formatException(record.exc_info))
        return True
