"""What is counted while work goes on, shared by all processes of a machine.

Labels hold route names, numbers of engines and outcomes only: never a tenant, a path or content.
"""

from prometheus_client import Counter, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

REQUESTS = Histogram(
    "spocr_request_seconds", "Time to answer a request.", ("route", "method", "status"), buckets=_SECONDS
)
READINGS = Histogram(
    "spocr_reading_seconds", "Time to read a document, waiting for an engine included.", ("engine",), buckets=_SECONDS
)
REQUEST_RECORDS_LOST = Counter(
    "spocr_request_records_lost", "Requests that are missing in their organization's request log."
)
PAGES = Counter("spocr_pages", "Pages by how reading them ended.", ("engine", "outcome"))
