"""Artifacts in a bucket at R2 or any other S3, by boto3. Keys come from AWS_ACCESS_KEY_ID and its kin."""

import contextlib
import hashlib
import logging
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import IO, Any
from urllib.parse import quote

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from nimbus import clock
from nimbus.artifacts.keys import (
    UNFINISHED_S,
    StorageUnavailableError,
    Stored,
    chunks,
    gone,
    key_of,
    sound_prefix,
)
from nimbus.buckets import Address

logger = logging.getLogger(__name__)

# R2 wants all parts but the last alike; four at a time keep a transfer under 40 MB of memory.
PART = 8 * 1024 * 1024
TRANSFER = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)
# Small files are waited for, not worked for.
SIDE_BY_SIDE = 16
ABSENT = {"NoSuchKey", "NotFound", "404"}


class Bucket:
    def __init__(self, address: Address) -> None:
        self.bucket, self.prefix = address.bucket, address.prefix
        self.client = client_of(address)

    def put(
        self, organization_id: str, project_id: str, data: bytes | IO[bytes], *, durable: bool
    ) -> tuple[str, int]:
        """An upload that breaks leaves no object; its name is known only once all of it was read."""
        with tempfile.SpooledTemporaryFile(PART) as file:
            digest, tag, size = hashlib.sha256(), Tag(), 0
            for chunk in chunks(data):
                digest.update(chunk)
                tag.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.seek(0)
            key = key_of(organization_id, project_id, digest.hexdigest())
            about = {
                "ContentType": "application/octet-stream",
                "Metadata": {"sha256": digest.hexdigest(), "etag": tag.text()},
            }
            with speaking(self.bucket):
                # Also where it is there already: that mends one that was damaged.
                self.client.upload_fileobj(
                    file, self.bucket, self.prefix + key, ExtraArgs=about, Config=TRANSFER
                )
        return key, size

    def put_all(
        self, organization_id: str, project_id: str, contents: Iterable[bytes], *, durable: bool
    ) -> list[tuple[str, int]]:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            waiting = [
                threads.submit(self.put, organization_id, project_id, data, durable=durable)
                for data in contents
            ]
            return [future.result() for future in waiting]

    def open(self, key: str) -> IO[bytes]:
        """A copy in a temporary file, since readers of ZIPs seek."""
        # The caller closes it.
        file: Any = tempfile.SpooledTemporaryFile(PART)  # noqa: SIM115
        try:
            with speaking(self.bucket):
                self.client.download_fileobj(self.bucket, self.prefix + key, file, Config=TRANSFER)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        opened: IO[bytes] = file
        return opened

    def delete(self, key: str) -> bool:
        try:
            with speaking(self.bucket):
                # Deleting tells nothing of what there was.
                self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)
                self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)
        except type(gone()):
            return False
        return True

    def listing(self, prefix: str) -> Iterator[Stored]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + sound_prefix(prefix)
        )
        with speaking(self.bucket):
            for page in pages:
                for found in page.get("Contents", ()):
                    key = found["Key"].removeprefix(self.prefix)
                    yield Stored(key, found["Size"], found["LastModified"])

    def link(self, key: str, name: str, seconds: int) -> str:
        """Empty where the bucket holds something else by now: then we read it, and check its sha256."""
        with speaking(self.bucket):
            about = self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        # Where the bucket encrypts with keys of its own, its tags say nothing, and we hand out the file.
        if about["ETag"].strip('"') != about["Metadata"].get("etag"):
            return ""
        wanted = {
            "Bucket": self.bucket,
            "Key": self.prefix + key,
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        }
        url: str = self.client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=seconds)
        return url

    def abort_unfinished(self) -> int:
        """Uploads in parts whose process died; they cost until somebody ends them."""
        aborted = 0
        with speaking(self.bucket):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            for upload in [upload for page in pages for upload in page.get("Uploads", ())]:
                if clock.now() - upload["Initiated"] > timedelta(seconds=UNFINISHED_S):
                    self.client.abort_multipart_upload(
                        Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                    aborted += 1
        return aborted


class Tag:
    """The ETag that a bucket gives what we upload: MD5, of the parts' where it goes up in parts."""

    def __init__(self) -> None:
        self.ended: list[bytes] = []
        self.part, self.room = hashlib.md5(usedforsecurity=False), PART

    def update(self, chunk: bytes) -> None:
        while chunk:
            piece, chunk = chunk[: self.room], chunk[self.room :]
            self.part.update(piece)
            self.room -= len(piece)
            if not self.room:
                self.ended.append(self.part.digest())
                self.part, self.room = hashlib.md5(usedforsecurity=False), PART

    def text(self) -> str:
        if not self.ended:
            return self.part.hexdigest()
        parts = self.ended + ([self.part.digest()] if self.room < PART else [])
        return f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"


def client_of(address: Address) -> Any:
    config = Config(
        signature_version="s3v4",
        # R2 refuses the checksum trailers that boto3 sends by itself; we check by sha256.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": 5},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=SIDE_BY_SIDE * 2,
        s3={"addressing_style": "path" if address.endpoint else "auto"},
    )
    return boto3.client(
        "s3", region_name=address.region, endpoint_url=address.endpoint or None, config=config
    )


@contextlib.contextmanager
def speaking(bucket: str) -> Iterator[None]:
    """What goes wrong at the bucket, in our words; the reason is for the operator's log."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in ABSENT:
            raise gone() from None
        logger.error("The bucket %s refuses: %s", bucket, code)
        raise StorageUnavailableError from error
    except (BotoCoreError, Boto3Error) as error:
        logger.error("The bucket %s can't be reached: %s", bucket, error)
        raise StorageUnavailableError from error
