"""Routes of the Workspace API: with and without a final slash, never a redirect."""

from django.urls import re_path

from ocr.api.workspace import field_views, file_views, job_views, sheet_views, views, webhook_views

urlpatterns = [
    re_path(r"^health/?$", views.health, name="health"),
    re_path(r"^ocr/fields/?$", field_views.OcrFields.as_view(), name="ocr-fields"),
    re_path(r"^ocr/text/?$", field_views.OcrText.as_view(), name="ocr-text"),
    re_path(r"^templates/?$", field_views.Templates.as_view(), name="templates"),
    re_path(r"^space/?$", sheet_views.Space.as_view(), name="space"),
    re_path(r"^create/?$", sheet_views.Create.as_view(), name="create"),
    re_path(r"^edit/?$", sheet_views.Edit.as_view(), name="edit"),
    re_path(r"^remove/?$", sheet_views.Remove.as_view(), name="remove"),
    re_path(r"^view/?$", sheet_views.View.as_view(), name="view"),
    re_path(r"^export/?$", file_views.Export.as_view(), name="export"),
    re_path(
        r"^files/(?P<organization>[^/]+)/(?P<file>[^/]+)/(?P<expires>[^/]+)/(?P<signature>[^/]+)$",
        file_views.linked_file,
        name="linked-file",
    ),
    re_path(r"^upload/?$", job_views.Upload.as_view(), name="upload"),
    re_path(r"^jobs/?$", job_views.Jobs.as_view(), name="jobs"),
    re_path(r"^jobs/(?P<job_id>[^/]+)/?$", job_views.OneJob.as_view(), name="job"),
    re_path(r"^jobs/(?P<job_id>[^/]+)/cancel/?$", job_views.Cancel.as_view(), name="job-cancel"),
    re_path(r"^jobs/(?P<job_id>[^/]+)/retry/?$", job_views.Retry.as_view(), name="job-retry"),
    re_path(r"^amount/?$", job_views.Amount.as_view(), name="amount"),
    re_path(r"^webhook/?$", webhook_views.Webhook.as_view(), name="webhook"),
    re_path(r"^webhook/test/?$", webhook_views.Test.as_view(), name="webhook-test"),
    re_path(r"^webhook/rotate/?$", webhook_views.Rotate.as_view(), name="webhook-rotate"),
    re_path(r"^webhooks/deliveries/?$", webhook_views.Deliveries.as_view(), name="deliveries"),
    re_path(r"^webhooks/deliveries/(?P<delivery_id>[^/]+)/?$", webhook_views.OneDelivery.as_view(), name="delivery"),
    re_path(
        r"^webhooks/deliveries/(?P<delivery_id>[^/]+)/redeliver/?$", webhook_views.Redeliver.as_view(), name="redeliver"
    ),
]
