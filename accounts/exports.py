"""A copy of all data of a person or an organization: a ZIP of one NDJSON file a table, and the files."""

import base64
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

import orjson
from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from accounts import audit
from accounts.data_classes import SECRET
from accounts.models import AuditEvent, DataExport, Organization, User
from nimbus import artifacts, packing

Rows = models.QuerySet[Any]


@transaction.atomic
def ask(user: User, organization: Organization | None = None) -> DataExport:
    """Written down now, made by a worker."""
    export = DataExport.objects.create(user=user, organization_id=organization.id if organization else "")
    chain, noun = (organization, "organization") if organization else (user, "user")
    audit.record(chain, f"{noun}.exported", actor=user, target=chain)
    return export


def make_waiting() -> int:
    """Make what was asked for; how many."""
    made = 0
    for export in DataExport.objects.filter(status=DataExport.Status.WAITING).order_by("id"):
        with transaction.atomic():
            mine = DataExport.objects.select_for_update(skip_locked=True).filter(
                pk=export.pk, status=DataExport.Status.WAITING
            )
            if (locked := mine.first()) is not None:
                make(locked)
                made += 1
    return made


def make(export: DataExport) -> None:
    tenant = export.organization_id
    sources = of_organization(tenant) if tenant else of_person(export.user)
    with tempfile.TemporaryFile() as file:
        write(file, sources, tenant)
        file.seek(0)
        export.key, export.size = artifacts.put(tenant or export.user_id, "exports", file)
    export.status, export.finished_at = DataExport.Status.READY, timezone.now()
    export.save(update_fields=["key", "size", "status", "finished_at"])


def of_organization(organization_id: str) -> Iterator[tuple[str, Rows]]:
    """Each table that has rows of this tenant."""
    yield "accounts.Organization", Organization.objects.filter(id=organization_id)
    for model in tenant_models():
        yield model._meta.label, model._base_manager.filter(organization_id=organization_id)
    members = User.objects.filter(memberships__organization_id=organization_id)
    yield "accounts.Member", members.only("id", "email", "name")


def tenant_models() -> list[Any]:
    """Every model whose rows say whose they are."""
    return [
        model for model in apps.get_models()
        if any(field.attname == "organization_id" for field in model._meta.fields)
    ]  # fmt: skip


def of_person(user: User) -> Iterator[tuple[str, Rows]]:
    """The person, what hangs on it, and what the trail says that it did."""
    yield "accounts.User", User.objects.filter(id=user.id)
    for model in apps.get_models():
        for field in model._meta.fields:
            if field.is_relation and field.related_model is User:
                yield f"{model._meta.label}.{field.name}", model._base_manager.filter(**{field.name: user})
    yield "accounts.AuditEvent", AuditEvent.objects.filter(chain=user.id)
    yield "accounts.AuditEvent.actor", AuditEvent.objects.filter(actor=user.id).exclude(chain=user.id)


def write(file: IO[bytes], sources: Iterator[tuple[str, Rows]], tenant: str) -> None:
    counts = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in sources:
            with archive.open(f"data/{name}.ndjson", "w", force_zip64=True) as out:
                counts[name] = sum(
                    bool(out.write(line(row) + b"\n")) for row in rows.iterator(chunk_size=500)
                )
        for stored in artifacts.listing(f"{tenant}/") if tenant else ():
            _, place, name = stored.key.split("/")
            if place != "exports":
                # As it is, damaged or not.
                with (
                    artifacts.open_file(stored.key) as file_in,
                    archive.open(f"files/{place}/{name}", "w", force_zip64=True) as out,
                ):
                    shutil.copyfileobj(file_in, out)
        about = {"made_at": timezone.now().isoformat(), "of": tenant or "person", "rows": counts}
        archive.writestr("about.json", json.dumps(about, indent=2))


def line(row: Any) -> bytes:
    loaded = [field for field in row._meta.concrete_fields if field.attname not in row.get_deferred_fields()]
    values = {
        field.attname: plain(getattr(row, field.attname)) for field in loaded if field.name not in SECRET
    }
    # The second factor's row holds nothing but secrets.
    if row._meta.label == "mfa.Authenticator":
        values.pop("data", None)
    return orjson.dumps(values, default=str)


def plain(value: Any) -> Any:
    """Bytes are what was packed, else base64."""
    if not isinstance(value, bytes | memoryview):
        return value
    data = bytes(value)
    try:
        return orjson.loads(packing.unpack(data))
    except (zlib.error, orjson.JSONDecodeError):
        return base64.b64encode(data).decode()
