"""Routes of the reference."""

from django.urls import path

from frontend.views import reference

urlpatterns = [
    path("", reference.index, name="reference"),
    path("/swagger", reference.swagger, name="reference_swagger"),
    path("/openapi.json", reference.schema, name="reference_schema"),
    path("/postman.json", reference.postman_collection, name="reference_postman"),
    path("/<slug:slug>", reference.endpoint, name="reference_endpoint"),
]
