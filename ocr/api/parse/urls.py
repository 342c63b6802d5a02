"""Routes of the Parse API: any letter case, with or without a final slash, never a redirect."""

from django.urls import re_path

from ocr.api.parse import views

urlpatterns = [
    re_path(r"(?i)^parse/image/?$", views.ParseImage.as_view(), name="parse-image"),
    re_path(r"(?i)^parse/imageurl/?$", views.ParseImageUrl.as_view(), name="parse-imageurl"),
]
