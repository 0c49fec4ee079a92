"""A site as a ZIP: taken in without gulp, and given back with the approved text written in."""

import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import IO, Any

import orjson
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from accounts import audit
from batches import (
    artifact_rows,
    downloads,
    manifests,
    page_ids,
    queue,
    unpacking,
    uploads,
    zipfiles,
    ziprules,
)
from batches.models import Artifact, Batch, PageRun, Suggestion
from batches.unpacking import Unpacked
from batches.zipfiles import BadArchiveError
from nimbus import artifacts
from nimbus.errors import InvalidError, NimbusError, NotFoundError
from nimbus.strictjson import MalformedError
from optimizer import dimensions
from optimizer.html import Page, Refuse, apply, selector
from optimizer.html.chars import collapse
from projects.models import Project

MAX_REFUSED = 1_000
SPOOLED = 16 * 2**20
PAGES_AT_ONCE = 100
REASONS = {
    "not_html": gettext_noop("This is no HTML."),
    "empty": gettext_noop("The file is empty."),
    "no_text": gettext_noop("The page holds no text."),
    "encoding": gettext_noop("The page's encoding can't be edited byte for byte. Save the page as UTF-8."),
    "too_large": gettext_noop("The page is larger than 5 MB."),
}


def receive(
    project: Project, file: Any, tier: str, by: Any, label: str = "", submits: bool = True, **options: Any
) -> Batch:
    """A batch of every page in the ZIP, submitted. Pages that can't be read are named in its plan.

    Options are those of `uploads.create_batch`.
    """
    check_settings(project)
    name = str(getattr(file, "name", "") or "site.zip").rsplit("/", 1)[-1][:200]
    if (getattr(file, "size", None) or 0) > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES // 2**20
        raise BadArchiveError(gettext_noop("A ZIP is at most %(limit)s MB."), field="file", limit=limit)
    with unpacking.unpacked(file) as pages:
        batch = uploads.create_batch(project, tier=tier, label=label or name[:120], by=by, **options)
        try:
            refused = take_pages(batch, pages, by)
        except NimbusError:
            # A damaged entry: nobody would ever submit what went in before it.
            queue.cancel(batch, by)
            raise
    batch.refresh_from_db()
    if not batch.page_count:
        queue.cancel(batch, by)
        first = refused[0]
        raise BadArchiveError(
            gettext_noop("No page could be read. %(path)s: %(reason)s"),
            field="file",
            path=first["source_path"],
            reason=first["message"],
        )
    file.seek(0)
    artifact_rows.keep(batch, Artifact.Kind.UPLOAD, name, file)
    batch.plan = {**batch.plan, "refused": refused[:MAX_REFUSED], "refused_count": len(refused)}
    batch.save(update_fields=["plan"])
    return queue.submit(batch, by) if submits else batch


def take_pages(batch: Batch, pages: Iterable[Unpacked], by: Any) -> list[dict[str, str]]:
    """Upload each page that can be read; returns those that were refused, and why."""
    refused: list[dict[str, str]] = []
    sent: list[str] = []
    try:
        upload = uploads.accept(batch, page_lines(batch.project, pages, refused, sent), by)
    except MalformedError:
        # Not one page could be read.
        return refused
    for outcome in upload.outcomes:
        if outcome["outcome"] == "rejected":
            path = sent[outcome["line"] - 1]
            refused.append({"source_path": path, "code": outcome["code"], "message": outcome["message"]})
    return refused


def page_lines(
    project: Project, pages: Iterable[Unpacked], refused: list[dict[str, str]], sent: list[str]
) -> Iterator[bytes]:
    """One line of an upload for each page, read one at a time."""
    for page in pages:
        try:
            line = page_line(project, page)
        except Refuse as refusal:
            reason = str(refusal.args[0] if refusal.args else "not_html")
            message = REASONS.get(reason, gettext_noop("The page can't be edited safely."))
            refused.append({"source_path": page.name, "code": reason, "message": message})
            continue
        sent.append(page.name)
        yield line


def page_line(project: Project, file: Unpacked) -> bytes:
    if (data := file.data) is None:
        raise Refuse("too_large")
    page = Page(data, hero=project.setting("hero_selector"))
    extraction = page.extraction(
        json_ld=project.setting("json_ld"),
        rules=project.setting("dimension_rules"),
        path=page_ids.canonical(file.path, project.domain)[1],
    )
    line: dict[str, Any] = {"page_url": file.path, "source_path": file.name, "extraction": extraction}
    # A page that would not fit beside its extraction goes without its preview.
    if project.setting("preview") and len(data) <= settings.MAX_PAGE_BYTES // 3:
        line["source_html"] = page.source.decode(page.source.start, len(page.source.units)) or ""
    return orjson.dumps({name: value for name, value in line.items() if value != ""})


def check_settings(project: Project) -> None:
    """Raise InvalidError for a setting by which no page can be read."""
    try:
        dimensions.check(project.setting("dimension_rules"))
    except dimensions.RuleError as error:
        raise InvalidError(
            gettext_noop("Mend the project's dimension rules first. %(error)s"),
            field="dimension_rules",
            error=error,
        ) from None
    try:
        selector.parse(project.setting("hero_selector"))
    except selector.SelectorError as error:
        raise InvalidError(
            gettext_noop("Mend the project's hero selector first. %(error)s"),
            field="hero_selector",
            error=error,
        ) from None


def build(batch: Batch) -> Artifact:
    """The batch's ZIP with the project's current approved text; every other byte of its files is kept."""
    upload = batch.artifacts.filter(kind=Artifact.Kind.UPLOAD).order_by("-id").first()
    if upload is None:
        raise NotFoundError(
            gettext_noop("This batch came without a ZIP. Apply its results with the gulp plugin or the CLI.")
        )
    with (
        artifacts.open_checked(upload.key) as file,
        zipfiles.open_archive(file) as archive,
        tempfile.SpooledTemporaryFile(SPOOLED) as target,
    ):
        counts = rewrite(batch, archive, target)
        target.seek(0)
        key, size = artifacts.put(batch.organization_id, batch.project_id, target)
    return record(batch, upload, key, size, counts)


@transaction.atomic
def record(batch: Batch, upload: Artifact, key: str, size: int, counts: Counter[str]) -> Artifact:
    """The same text again is the same file, and one row."""
    stem = upload.name.removesuffix(".zip")[:180]
    fields = artifact_rows.fields(batch, Artifact.Kind.SITE, key, size)
    known = Artifact.objects.filter(batch=batch, kind=Artifact.Kind.SITE, key=key).first()
    artifact = known or Artifact.objects.create(**fields, name=f"{stem}-nimbus.zip")
    if known is None:
        audit.record(batch.project, "archive.built", target=batch, batch=batch.id, data=dict(counts))
    return artifact


def rewrite(batch: Batch, archive: zipfile.ZipFile, target: IO[bytes]) -> Counter[str]:
    """Every entry in its old order, and the manifest; returns how many texts were applied, stale …"""
    counts: Counter[str] = Counter()
    names = {entry: ziprules.name_of(entry) for entry in archive.infolist()}
    entries = [e for e, name in names.items() if not (name.endswith("/") or manifests.is_own(name))]
    ids = page_ids_of(batch, archive)
    follows = batch.project.setting("og_follows")
    with zipfile.ZipFile(target, "w") as out:
        manifest = manifests.Manifest(
            out, batch.project_id, ziprules.root_of([names[entry] for entry in entries])
        )
        for portion in batched(entries, PAGES_AT_ONCE):
            decided = downloads.newest_decisions([ids[name] for e in portion if (name := e.filename) in ids])
            for entry in portion:
                page_id = ids.get(entry.filename, "")
                texts = [item for item in decided.get(page_id, []) if downloads.is_approved(item)]
                if not texts:
                    zipfiles.copy(archive, entry, out)
                    continue
                before = zipfiles.read(archive, entry)
                data, report = write_texts(before, texts, follows)
                newest = max(texts, key=lambda text: text.run_id)
                found = {"page_id": page_id, "batch_id": newest.batch_id}
                manifest.note(names[entry], found, before, data, report)
                counts.update(report.values())
                out.writestr(zipfiles.like(entry), data)
        manifest.save()
    return counts


def page_ids_of(batch: Batch, archive: zipfile.ZipFile) -> dict[str, str]:
    """Page id by entry, of those that are in the batch."""
    domain = batch.project.domain
    found = {
        entry.filename: page_ids.page_id(batch.project_id, *page_ids.canonical(path, domain))
        for entry, _, path in ziprules.pages(archive)
        if entry.file_size <= settings.MAX_PAGE_BYTES
    }
    mine = set(PageRun.objects.filter(batch=batch).values_list("page_id", flat=True))
    return {name: page_id for name, page_id in found.items() if page_id in mine}


def write_texts(
    data: bytes, texts: Sequence[downloads.Decided], og_follows: bool
) -> tuple[bytes, dict[str, str]]:
    """The page with its approved texts; a head that says something else by now is stale and stays."""
    try:
        page = Page(data)
    except Refuse:
        return data, {text.target: "stale" for text in texts}
    now = page.head.values()
    blocks = {text.target: text.approved_text for text in texts if text.kind == Suggestion.Kind.BLOCK}
    heads = [text for text in texts if text.kind == Suggestion.Kind.HEAD]
    fresh = {
        text.target: text.approved_text
        for text in heads
        if collapse(now.get(text.target, "")) in {collapse(text.original), collapse(text.approved_text)}
    }
    stale = {text.target: "stale" for text in heads if text.target not in fresh}
    out, report = apply(page, blocks, fresh, og_follows=og_follows)
    return out, report | stale
