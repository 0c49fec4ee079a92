"""ARTIFACTS_URL: `s3://bucket/prefix?endpoint=https://….r2.cloudflarestorage.com&region=auto`."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

EXAMPLE = "s3://bucket/prefix?endpoint=https://account.r2.cloudflarestorage.com&region=auto"


@dataclass(frozen=True, slots=True)
class Address:
    bucket: str
    # Empty, or with a slash at its end.
    prefix: str
    # Empty for Amazon's own.
    endpoint: str
    region: str


def address(url: str) -> Address | None:
    """None where artifacts stay in a folder. Raises ImproperlyConfigured."""
    if not url:
        return None
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = options.keys() - {"endpoint", "region"}
    endpoint = options.get("endpoint", "")
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or unknown:
        raise ImproperlyConfigured(
            f"ARTIFACTS_URL must look like {EXAMPLE}. Keys go into AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY."
        )
    if endpoint and urlsplit(endpoint).scheme not in {"http", "https"}:
        raise ImproperlyConfigured(f"The endpoint in ARTIFACTS_URL is {endpoint!r}; write https://….")
    prefix = parts.path.strip("/")
    # R2 knows one region, `auto`; Amazon's oldest is what boto3 would ask for by itself.
    region = options.get("region") or ("auto" if endpoint else "us-east-1")
    return Address(parts.netloc, f"{prefix}/" if prefix else "", endpoint.rstrip("/"), region)
