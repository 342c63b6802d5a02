"""The pages."""

from django.urls import path

from frontend.views import dashboard, front, keys

urlpatterns = [
    path("", front.front, name="front"),
    path("read", front.read, name="read"),
    path("dashboard", dashboard.dashboard, name="dashboard"),
    path("keys", keys.keys, name="keys"),
    path("keys/created", keys.created, name="key_created"),
    path("keys/<str:public_id>/revoke", keys.revoke, name="key_revoke"),
]
