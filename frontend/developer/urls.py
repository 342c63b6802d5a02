"""Routes of the developer pages."""

from django.urls import path

from frontend.views import docs, playground, requests, webhooks

urlpatterns = [
    path("requests", requests.requests, name="requests"),
    path("requests/<str:request_id>", requests.one, name="request"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path("webhooks/secret", webhooks.secret, name="webhook_secret"),
    path("webhooks/send-test", webhooks.test, name="webhook_send_test"),
    path("webhooks/pause", webhooks.pause, name="webhook_pause"),
    path("webhooks/resume", webhooks.resume, name="webhook_resume"),
    path("webhooks/new-secret", webhooks.rotate, name="webhook_new_secret"),
    path("webhooks/remove", webhooks.remove, name="webhook_remove"),
    path("webhooks/sent/<str:public_id>", webhooks.delivery, name="webhook_delivery"),
    path("webhooks/sent/<str:public_id>/again", webhooks.resend, name="webhook_resend"),
    path("playground", playground.playground, name="playground"),
    path("playground/key", playground.key, name="playground_key"),
    path("playground/samples", playground.samples, name="playground_samples"),
    path("docs", docs.index, name="docs"),
    path("docs/<slug:slug>", docs.guide, name="guide"),
    path("docs/<slug:slug>.md", docs.markdown, name="guide_markdown"),
    path("llms.txt", docs.llms, name="llms"),
    path("llms-full.txt", docs.llms_full, name="llms_full"),
]
