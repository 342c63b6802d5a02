"""The organization's webhook and the log of what was sent to it."""

from rest_framework.request import Request
from rest_framework.response import Response

from ocr import webhooks
from ocr.api.workspace import job_inputs, job_outputs
from ocr.api.workspace.views import WorkspaceView
from ocr.models import WebhookDelivery


class Webhook(WorkspaceView):
    """GET, PUT and DELETE /webhook."""

    def get(self, request: Request) -> Response:
        return Response(job_outputs.webhook(webhooks.get(self.key.organization)))

    def put(self, request: Request) -> Response:
        asked = job_inputs.webhook_request(request.data)
        endpoint, secret = webhooks.configure(
            self.key.organization, asked.url, asked.events, asked.secret, by=self.actor
        )
        return Response(job_outputs.webhook(endpoint, secret=secret))

    def delete(self, request: Request) -> Response:
        webhooks.remove(self.key.organization, by=self.actor)
        return Response({"ok": True})


class Test(WorkspaceView):
    """POST /webhook/test: a `webhook.test` event, now."""

    def post(self, request: Request) -> Response:
        return Response(job_outputs.delivery_line(webhooks.send_test(self.key.organization)), 202)


class Rotate(WorkspaceView):
    """POST /webhook/rotate (ours): a new secret; the former one signs as well for 24 hours."""

    def post(self, request: Request) -> Response:
        endpoint, secret = webhooks.rotate(self.key.organization, by=self.actor)
        return Response(job_outputs.webhook(endpoint, secret=secret))


class Deliveries(WorkspaceView):
    """GET /webhooks/deliveries: newest first."""

    def get(self, request: Request) -> Response:
        asked = job_inputs.listing(request.query_params, statuses=WebhookDelivery.Status.values)
        found = webhooks.listed(self.key.organization, status=asked.status, after=asked.cursor, limit=asked.limit + 1)
        return Response(job_outputs.delivery_listing(found, limit=asked.limit))


class OneDelivery(WorkspaceView):
    """GET /webhooks/deliveries/{id}."""

    def get(self, request: Request, delivery_id: str) -> Response:
        return Response(job_outputs.delivery(webhooks.delivery(self.key.organization, delivery_id)))


class Redeliver(WorkspaceView):
    """POST /webhooks/deliveries/{id}/redeliver: the same event once more, with the same id."""

    def post(self, request: Request, delivery_id: str) -> Response:
        again = webhooks.redeliver(self.key.organization, delivery_id)
        return Response(job_outputs.delivery_line(again), 202)
