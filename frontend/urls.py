"""The pages."""

from django.urls import path

from frontend.views import dashboard, found_key, front, keys, operation

urlpatterns = [
    path("", front.front, name="front"),
    path("healthz", operation.alive, name="healthz"),
    path("readyz", operation.ready, name="readyz"),
    path("metrics", operation.metrics_page, name="metrics"),
    path("read", front.read, name="read"),
    path("dashboard", dashboard.dashboard, name="dashboard"),
    path("keys", keys.keys, name="keys"),
    path("keys/created", keys.created, name="key_created"),
    path("keys/found", found_key.found_key, name="found_key"),
    path("keys/<str:public_id>/change", keys.change, name="key_change"),
    path("keys/<str:public_id>/roll", keys.roll, name="key_roll"),
    path("keys/<str:public_id>/revoke", keys.revoke, name="key_revoke"),
]
