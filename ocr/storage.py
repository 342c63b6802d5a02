"""Where files lie: a folder, or a bucket of S3 or of what speaks its protocol."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FOLDER = "django.core.files.storage.FileSystemStorage"
OPTIONS = {"endpoint", "region"}


class StorageAway(OSError):
    """The storage does not answer now, or refuses; what it holds is not lost.

    Attributes:
        response: What it answered, as boto3 gives it, if anything.
    """

    response: dict[str, Any] | None = None


def from_url(url: str) -> dict[str, Any]:
    """Django's description of the storage that a URL names; "" is the folder of MEDIA_ROOT.

    `file:///srv/files` is a folder; `s3://KEY:SECRET@bucket/prefix?endpoint=https://s3.example.com&region=eu`
    is a bucket. Without key and secret the machine's own role or environment is used.

    Raises:
        ImproperlyConfigured: Another scheme, a missing bucket, an unknown option.
    """
    if not url:
        return {"BACKEND": FOLDER}
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {"BACKEND": FOLDER, "OPTIONS": {"location": unquote(parts.path)}}
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured(
            "A storage URL is file:///folder or s3://KEY:SECRET@bucket/prefix?endpoint=https://…; "
            f"this one begins with {parts.scheme or 'nothing'}://."
        )
    given = parse_qs(parts.query)
    if unknown := set(given) - OPTIONS:
        raise ImproperlyConfigured(f"A storage URL has no option {sorted(unknown)[0]!r}; it takes endpoint and region.")
    options: dict[str, Any] = {
        "bucket_name": parts.hostname,
        "location": parts.path.strip("/"),
        "file_overwrite": False,
        "default_acl": None,  # the bucket's own rule: private
        "querystring_auth": True,
    }
    if parts.username:
        options |= {"access_key": unquote(parts.username), "secret_key": unquote(parts.password or "")}
    if "endpoint" in given:
        options["endpoint_url"] = given["endpoint"][0]
    if "region" in given:
        options["region_name"] = given["region"][0]
    return {"BACKEND": "ocr.bucket.Bucket", "OPTIONS": options}
