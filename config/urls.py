"""All routes: the pages, sign-in, and the two API families."""

from django.urls import include, path

urlpatterns = [
    path("", include("ocr.api.parse.urls")),
    path("", include("ocr.api.workspace.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("", include("frontend.urls")),
]
