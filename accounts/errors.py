"""The catalogue of errors: each has a code, a sentence for the caller and the next step.

Concrete errors live with their subject and derive from one of these kinds. Each API
family maps the kinds to its wire in one table. A message never holds a secret, a path
or a stack.
"""


class SpocrError(Exception):
    """Base of every error that a caller may see.

    Args:
        message: One or two full sentences: what was wrong, and what to do next.
        details: Values for machines, printed beside the message where the wire has room.
    """

    code = "internal_error"
    message = "Something went wrong on our side. Try again; if it stays, send us the request id."

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(message or self.message)
        self.details = details

    def __str__(self) -> str:
        return str(self.args[0])


class Invalid(SpocrError):
    """The request cannot be understood or holds a wrong value."""

    code = "invalid_request"


class WrongValue(Invalid):
    """One value is of the wrong kind; details: errors, a list of one {field, message}."""

    code = "validation_failed"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}", errors=[{"field": field, "message": message}])


class NotFound(SpocrError):
    """There is no such thing in the caller's organization."""

    code = "not_found"


class Forbidden(SpocrError):
    """The caller is known and may not do this."""

    code = "forbidden"


class Conflict(SpocrError):
    """The request contradicts the present state."""

    code = "conflict"


class QuotaExceeded(SpocrError):
    """What the plan includes is used up."""

    code = "insufficient_balance"


class RateLimited(SpocrError):
    """Too many requests in too short a time; `retry_after_seconds` tells when to come back."""

    code = "rate_limited"

    def __init__(self, message: str = "", *, retry_after_seconds: int, **details: object) -> None:
        super().__init__(message, **details)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(SpocrError):
    """A part of the service cannot answer now; the same request may work later."""

    code = "unavailable"
