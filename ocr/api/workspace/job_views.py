"""Uploads and jobs: POST /upload, GET /jobs and what may be done to one, GET /amount."""

import time
from collections.abc import Sequence

from django.http import QueryDict
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid
from billing.usage import Payer
from ocr import jobs, sheets, uploads
from ocr.api.idempotency import Answer, Ticket
from ocr.api.requests import ROOM_BYTES
from ocr.api.workspace import job_inputs, job_outputs
from ocr.api.workspace.bodies import UploadForm
from ocr.api.workspace.errors import OutOfService
from ocr.api.workspace.job_inputs import UploadRequest
from ocr.api.workspace.views import WorkspaceView
from ocr.models import Job
from ocr.uploads import Accepted

WAIT_SECONDS, LOOK_SECONDS = 30.0, 0.1


class Upload(WorkspaceView):
    """POST /upload: files into a sheet; each page becomes a row and a job."""

    parser_classes = (UploadForm,)

    def body_limit(self) -> int:
        return uploads.MAX_FILES * self.payer.plan.file_bytes + ROOM_BYTES

    def post(self, request: Request) -> Response:
        asked = job_inputs.upload_request(*_form(request))
        return self.once(request, asked.parts, lambda ticket: self._accept(asked, ticket))

    def _accept(self, asked: UploadRequest, ticket: Ticket) -> Answer:
        sheet = sheets.find_sheet(self.key.organization, asked.path)
        payer = Payer(
            self.key.organization, self.payer.address, key=self.key.public_id, endpoint="upload", sheet=sheet.unique_key
        )

        def keep(accepted: list[Accepted]) -> None:
            ticket.keep(202, job_outputs.accepted(asked.path, accepted))

        try:
            accepted = uploads.accept(payer, sheet, asked.uploads, webhook_url=asked.webhook_url, on_accepted=keep)
        except OSError as error:
            raise OutOfService from error
        if not asked.wait:
            return Answer(202, job_outputs.accepted(asked.path, accepted))
        ended = _ended([job for each in accepted for job in each.jobs])
        return Answer(200, job_outputs.accepted(asked.path, accepted, ended=ended))


class Jobs(WorkspaceView):
    """GET /jobs: the organization's jobs, newest first."""

    def get(self, request: Request) -> Response:
        asked = job_inputs.listing(request.query_params, statuses=Job.Status.values)
        found = jobs.listed(self.key.organization, status=asked.status, after=asked.cursor, limit=asked.limit + 1)
        return Response(job_outputs.listing(found, limit=asked.limit))


class OneJob(WorkspaceView):
    """GET /jobs/{jobId}."""

    def get(self, request: Request, job_id: str) -> Response:
        return Response(job_outputs.job(jobs.get(self.key.organization, job_id)))


class Cancel(WorkspaceView):
    """POST /jobs/{jobId}/cancel."""

    def post(self, request: Request, job_id: str) -> Response:
        return Response(job_outputs.job(jobs.cancel(self.key.organization, job_id)))


class Retry(WorkspaceView):
    """POST /jobs/{jobId}/retry: the stored page is read once more."""

    def post(self, request: Request, job_id: str) -> Response:
        return Response(job_outputs.job(jobs.retry(self.payer, job_id)), 202)


class Amount(WorkspaceView):
    """GET /amount: what is used and what is left."""

    def get(self, request: Request) -> Response:
        return Response(job_outputs.amount(self.key.organization))


def _form(request: Request) -> tuple[dict[str, list[str]], Sequence[uploads.Upload]]:
    """The form's fields and files.

    Raises:
        Invalid: The body is not multipart, or broken.
        OutOfService: There is no room for it.
    """
    try:
        form = request.data or QueryDict()  # without a body and its type it is a plain dict
        fields = {name: list(values) for name, values in form.lists() if name != "files"}
        files = request.FILES.getlist("files")
    except ParseError:
        raise Invalid("The body is not valid multipart form data. Send the files as multipart/form-data.") from None
    except OSError as error:
        raise OutOfService from error
    return fields, [uploads.Upload(file.name or "", file.file) for file in files]


def _ended(accepted: list[Job]) -> list[Job]:
    """Those that have ended, when all have or half a minute is over."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        ended = jobs.ended(accepted)
        if len(ended) == len({job.id for job in accepted}) or time.monotonic() > deadline:
            return ended
        time.sleep(LOOK_SECONDS)
