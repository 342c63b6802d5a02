"""Where searchable PDFs are fetched. Whoever knows the name may: it cannot be guessed and dies soon."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.urls import path
from django.views.decorators.http import require_safe

from ocr import pdfs

# Another's document under our name: it may run nothing and load nothing.
POLICY = "default-src 'none'; sandbox"


@require_safe
def searchable_pdf(request: HttpRequest, name: str) -> FileResponse:
    """The PDF, for an hour; then and for any other name: 404."""
    pdf = pdfs.alive().filter(name=name).first()
    if pdf is None:
        raise Http404
    try:
        file = default_storage.open(pdf.storage_name)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, content_type="application/pdf", as_attachment=True, filename="searchable.pdf")
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    response["Access-Control-Allow-Origin"] = "*"  # as the Parse API, whose callers fetch it from browsers
    return response


urlpatterns = [path("pdf/<str:name>.pdf", searchable_pdf, name="searchable-pdf")]
