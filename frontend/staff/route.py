"""The staff pages' place among the routes. What is behind it is imported when it is first asked for."""

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern

NAMESPACE = "admin"  # unfold's templates know no other


class _LateResolver(URLResolver):
    """Looks inside only when a request, or a name of its own namespace, leads there."""

    def _populate(self) -> None:
        """Add nothing to the names of the whole site: a namespace is looked up on its own."""


def behind(address: str) -> URLResolver:
    """All staff pages, below `address`, such as "staff/"."""
    return _LateResolver(RoutePattern(address), "frontend.staff.urls", app_name=NAMESPACE, namespace=NAMESPACE)
