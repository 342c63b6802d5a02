"""All routes: the pages, sign-in, and the two API families."""

from django.urls import include, path

import config.checks  # noqa: F401 - registers the system checks

urlpatterns = [
    path("", include("ocr.api.parse.urls")),
    path("", include("ocr.api.workspace.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("", include("frontend.urls")),
]
