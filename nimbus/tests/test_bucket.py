"""A bucket keeps files as a folder does; proved against moto's S3 server over HTTP.

moto takes any signature, so what signs is checked by computing SigV4 anew.
"""

import hashlib
import hmac
import io
import logging
import urllib.request
from urllib.parse import parse_qsl, quote, urlsplit

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from moto.server import ThreadedMotoServer

from nimbus import artifacts
from nimbus.artifacts import DamagedArtifactError, StorageUnavailableError
from nimbus.artifacts.bucket import PART, Bucket
from nimbus.buckets import Address, address
from nimbus.errors import NotFoundError

ORG, PROJECT, NEIGHBOUR = "org_aaaaaaaaaaaaaaaa", "proj_000000000000", "org_aaaaaaaaaaaaaaaab"
SECRET = "a-secret-of-the-test"


@pytest.fixture(scope="module")
def endpoint():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture
def bucket(endpoint, settings):
    client = boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint)
    client.create_bucket(Bucket="files")
    for found in client.list_objects_v2(Bucket="files").get("Contents", ()):
        client.delete_object(Bucket="files", Key=found["Key"])
    settings.NIMBUS_BUCKET = address(f"s3://files/nimbus?endpoint={endpoint}&region=auto")
    artifacts.bucket_at.cache_clear()
    return artifacts.store()


@pytest.fixture
def requests(bucket):
    """The headers and operations that really go out."""
    seen = []
    bucket.client.meta.events.register(
        "before-send.s3", lambda request, **_: seen.append((request.method, request.url, request.headers))
    )
    return seen


def test_file_comes_back_from_the_bucket(bucket):
    key, size = artifacts.put(ORG, PROJECT, b"content")

    assert (artifacts.get(key), size) == (b"content", 7)
    assert key == f"{ORG}/{PROJECT}/{hashlib.sha256(b'content').hexdigest()}"
    assert bucket.client.head_object(Bucket="files", Key=f"nimbus/{key}")["Metadata"] == {
        "sha256": key.rpartition("/")[2],
        "etag": hashlib.md5(b"content").hexdigest(),
    }


def test_large_file_goes_up_in_parts_of_one_size(bucket, requests):
    data = b"nimbus" * (PART // 3)

    key, size = artifacts.put(ORG, PROJECT, io.BytesIO(data))

    parts = [headers["Content-Length"] for method, url, headers in requests if "partNumber=" in url]
    assert [int(part) for part in parts].count(PART) == len(parts) - (len(data) % PART > 0)
    assert len(parts) == -(-len(data) // PART) > 1
    assert size == len(data)
    with artifacts.open_checked(key) as file:
        assert file.read() == data


def test_no_checksum_is_sent_that_r2_refuses(bucket, requests):
    artifacts.put(ORG, PROJECT, b"small")
    artifacts.put(ORG, PROJECT, b"x" * (PART + 1))

    sent = {name.lower() for _, _, headers in requests for name in headers}
    assert not [name for name in sent if "checksum" in name or "trailer" in name]


def test_boto3_by_itself_would_send_one(bucket, endpoint):
    """So that the test above can fail."""
    client, seen = boto3.client("s3", region_name="auto", endpoint_url=endpoint), []
    client.meta.events.register("before-send.s3", lambda request, **_: seen.append(request.headers))

    client.upload_fileobj(io.BytesIO(b"small"), "files", "nimbus/other")

    assert any("checksum" in name.lower() for headers in seen for name in headers)


def test_damaged_object_is_refused_and_mended_by_another_upload(bucket):
    key, _ = artifacts.put(ORG, PROJECT, b"content")
    bucket.client.put_object(Bucket="files", Key=f"nimbus/{key}", Body=b"changed")

    with pytest.raises(DamagedArtifactError):
        artifacts.get(key)
    with pytest.raises(DamagedArtifactError):
        artifacts.open_checked(key)
    artifacts.put(ORG, PROJECT, b"content")
    assert artifacts.get(key) == b"content"


def test_deleted_object_is_gone(bucket):
    key, _ = artifacts.put(ORG, PROJECT, b"content")

    assert artifacts.delete(key) is True
    assert artifacts.delete(key) is False
    with pytest.raises(NotFoundError, match="no longer kept"):
        artifacts.get(key)


def test_one_tenants_files_go_without_its_neighbours(bucket):
    for organization in (ORG, NEIGHBOUR):
        artifacts.put_all(organization, PROJECT, [b"a", b"b"])

    assert artifacts.delete_all(f"{ORG}/") == 2
    assert [stored.size for stored in artifacts.listing()] == [1, 1]
    assert all(stored.key.startswith(f"{NEIGHBOUR}/") for stored in artifacts.listing())


@pytest.mark.parametrize("prefix", ["", ORG, f"{ORG}/../", "x/"])
def test_half_a_name_is_no_place(bucket, prefix):
    artifacts.put(ORG, PROJECT, b"a")

    if prefix:
        with pytest.raises(NotFoundError):
            artifacts.delete_all(prefix)
    assert len(list(artifacts.listing())) == 1


def test_broken_upload_leaves_nothing(bucket):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        artifacts.put(ORG, PROJECT, Broken())
    assert list(artifacts.listing()) == []


def test_dead_process_leaves_no_parts_for_ever(bucket, monkeypatch):
    bucket.client.create_multipart_upload(Bucket="files", Key=f"nimbus/{ORG}/{PROJECT}/draft")

    # moto says that all of them began in 2010.
    with monkeypatch.context() as patch:
        patch.setattr("nimbus.artifacts.bucket.UNFINISHED_S", 36_500 * 86_400)
        assert bucket.abort_unfinished() == 0
    assert bucket.abort_unfinished() == 1
    assert bucket.abort_unfinished() == 0


def test_missing_bucket_is_said_to_the_operator(bucket, endpoint, settings, caplog):
    settings.NIMBUS_BUCKET = address(f"s3://elsewhere?endpoint={endpoint}")

    with pytest.raises(StorageUnavailableError, match="does not answer"):
        artifacts.put(ORG, PROJECT, b"content")
    assert "The bucket elsewhere refuses: NoSuchBucket" in caplog.text
    assert SECRET not in caplog.text


def test_bucket_that_does_not_answer_is_told_alike(settings, monkeypatch):
    lost = Bucket(Address("files", "", "http://127.0.0.1:9", "auto"))
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    with pytest.raises(StorageUnavailableError):
        lost.put(ORG, PROJECT, b"content", durable=True)


def signature_of(url, method, secret):
    """SigV4 of a presigned address, computed from its parts as Amazon's documentation has it."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "X-Amz-Signature"]
    values = dict(query)
    scope = values["X-Amz-Credential"].split("/", 1)[1]
    canonical = "\n".join([
        method, quote(parts.path, safe="/~"),
        "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query)),
        f"host:{parts.netloc}\n", "host", "UNSIGNED-PAYLOAD",
    ])  # fmt: skip
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{values['X-Amz-Date']}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def test_presigned_address_is_signed_for_this_file_and_time(bucket):
    key, _ = artifacts.put(ORG, PROJECT, b"content")

    url = artifacts.link(key, "Übersicht & more.zip", 60)

    values = dict(parse_qsl(urlsplit(url).query))
    assert values["X-Amz-Signature"] == signature_of(url, "GET", SECRET)
    assert values["X-Amz-Expires"] == "60"
    assert SECRET not in url


@pytest.mark.parametrize("change", ["secret", "method", "path", "expiry"])
def test_signature_holds_for_nothing_else(bucket, change):
    key, _ = artifacts.put(ORG, PROJECT, b"content")
    url = artifacts.link(key, "site.zip", 60)
    signed = dict(parse_qsl(urlsplit(url).query))["X-Amz-Signature"]
    method, secret = ("PUT" if change == "method" else "GET"), ("x" if change == "secret" else SECRET)
    if change == "path":
        url = url.replace(key, key.replace("000000000000", "000000000001"))
    if change == "expiry":
        url = url.replace("X-Amz-Expires=60", "X-Amz-Expires=600000")

    assert signature_of(url, method, secret) != signed


def test_presigned_address_downloads_under_the_name(bucket):
    key, _ = artifacts.put(ORG, PROJECT, b"content")

    with urllib.request.urlopen(artifacts.link(key, "Über.zip", 60)) as answer:
        assert answer.read() == b"content"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%9Cber.zip"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", None),
        ("s3://b", Address("b", "", "", "us-east-1")),
        ("s3://b/a/c/?region=eu-west-1", Address("b", "a/c/", "", "eu-west-1")),
        ("s3://b?endpoint=https://r2.test/", Address("b", "", "https://r2.test", "auto")),
    ],
)
def test_address_names_bucket_prefix_endpoint_and_region(url, found):
    assert address(url) == found


@pytest.mark.parametrize(
    "url", ["r2://b", "s3://", "s3://key:secret@b", "s3://b?regoin=x", "s3://b?endpoint=r2"]
)
def test_wrong_address_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="ARTIFACTS_URL"):
        address(url)


@pytest.mark.parametrize("size", [0, 7, PART - 1, PART, PART + 1, 2 * PART])
def test_link_is_made_for_what_was_stored_alone(bucket, size):
    key, _ = artifacts.put(ORG, PROJECT, b"n" * size)
    stored = {"Bucket": "files", "Key": f"nimbus/{key}"}
    assert artifacts.link(key, "site.zip", 60)

    about = bucket.client.head_object(**stored)
    bucket.client.put_object(**stored, Body=b"changed", Metadata=about["Metadata"])
    assert artifacts.link(key, "site.zip", 60) == ""

    artifacts.put(ORG, PROJECT, b"n" * size)
    assert artifacts.link(key, "site.zip", 60)


def test_link_to_what_is_gone_is_none(bucket):
    key, _ = artifacts.put(ORG, PROJECT, b"content")
    artifacts.delete(key)

    with pytest.raises(NotFoundError):
        artifacts.link(key, "site.zip", 60)
