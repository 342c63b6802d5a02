"""Routes of the Workspace API: with and without a final slash, never a redirect."""

from django.urls import re_path

from ocr.api.workspace import views

urlpatterns = [
    re_path(r"^health/?$", views.health, name="health"),
    re_path(r"^ocr/fields/?$", views.OcrFields.as_view(), name="ocr-fields"),
]
