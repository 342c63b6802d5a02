"""All routes: the pages, sign-in, and the two API families."""

from django.conf import settings
from django.urls import include, path

from frontend.staff.route import behind

handler404 = "ocr.api.workspace.views.no_such_address"
handler500 = "config.outages.server_error"

urlpatterns = [
    path("", include("ocr.api.parse.urls")),
    path("", include("ocr.downloads")),
    path("", include("ocr.api.workspace.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("billing.urls")),
    path("", include("frontend.urls")),
    behind(settings.ADMIN_PATH),
]
