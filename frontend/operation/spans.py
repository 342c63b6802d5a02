"""Spans of requests and jobs go to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names, as OTLP over HTTP.

Each is made of a finished `ocr.trace.Trace`: route, status, ids, times. OpenTelemetry's own instrumentation of Django
is not used: it sends URLs, and with them the keys that the Parse API takes in a query. The library reads the other
variables of OpenTelemetry by itself (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, …).
"""

from django.conf import settings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ocr import trace
from ocr.trace import Trace

SERVER_FAULT = 500
# Asked each second by load balancers: they would bury the rest.
UNHEARD = {"healthz", "readyz", "metrics"}

_callers = TraceContextTextMapPropagator()
_providers: list[TracerProvider] = []


def begin(role: str) -> None:
    """Send a span for every request and job of this process that ends from now on."""
    resource = {"service.name": "spocr", "service.version": settings.VERSION, "spocr.node": role}
    provider = TracerProvider(resource=Resource(resource).merge(Resource.create()), shutdown_on_exit=True)
    # The exporter reads the endpoint itself: it also knows that of traces alone.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _providers.append(provider)
    tracer = provider.get_tracer("spocr", settings.VERSION)

    def send(known: Trace) -> None:
        if not known.name or known.name in UNHEARD:
            return
        span = tracer.start_span(
            f"{known.method} {known.name}".strip(),
            context=_callers.extract({"traceparent": known.parent}),
            kind=SpanKind.SERVER if known.method else SpanKind.CONSUMER,
            attributes=_attributes(known),
            start_time=known.began_ns,
        )
        if known.status >= SERVER_FAULT or (known.error and not known.method):
            span.set_status(Status(StatusCode.ERROR, known.error))
        span.end(known.ended_ns)

    trace.watch(send)


def flush(seconds: float) -> None:
    """Send what waits."""
    for provider in _providers:
        provider.force_flush(int(seconds * 1000))


def _attributes(known: Trace) -> dict[str, str | int]:
    said: dict[str, str | int | None] = {
        "http.request.method": known.method,
        "http.route": known.name if known.method else "",
        "http.response.status_code": known.status,
        "error.type": known.error,
        "spocr.subject": known.subject,
        "spocr.organization": known.organization,
        "spocr.key": known.key,
        "spocr.engine": known.engine,
        "spocr.pages": known.pages,
        "spocr.units": known.units,
    }
    stages = {f"spocr.stage.{stage}_ms": spent for stage, spent in known.stages().items()}
    return {name: value for name, value in said.items() if value} | stages
