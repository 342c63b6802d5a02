"""All routes: the pages, sign-in, and the two API families."""

from django.conf import settings
from django.urls import include, path

import config.billing_checks
import config.checks
import config.operation_checks  # noqa: F401 - registers the system checks
from frontend.staff.route import behind

urlpatterns = [
    path("", include("ocr.api.parse.urls")),
    path("", include("ocr.downloads")),
    path("", include("ocr.api.workspace.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("billing.urls")),
    path("", include("frontend.urls")),
    behind(settings.ADMIN_PATH),
]
