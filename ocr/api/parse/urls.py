"""Routes of the Parse API: any letter case, with or without a final slash, never a redirect."""

from django.urls import re_path

from ocr.api.parse import views


def any_case(path: str) -> str:
    """A pattern that matches `path` in any letter case.

    A flag such as (?i) would keep Django from reversing any route of the project.
    """
    letters = "".join(f"[{char}{char.upper()}]" if char.isalpha() else char for char in path)
    return f"^{letters}/?$"


urlpatterns = [
    re_path(any_case("parse/image"), views.ParseImage.as_view(), name="parse-image"),
    re_path(any_case("parse/imageurl"), views.ParseImageUrl.as_view(), name="parse-imageurl"),
    re_path(any_case("conversions"), views.Conversions.as_view(), name="conversions"),
]
