"""Promises that need more than SQL: unbroken chains, whole files, no secret in any text, sound results."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection

from accounts import chains
from accounts.models import AuditChain
from batches import artifact_rows, briefs
from batches.models import Artifact, PageRun, Suggestion
from nimbus import artifacts
from nimbus.errors import NimbusError
from optimizer import checks
from optimizer.types import Kind, PageText

# The daily sweep should have taken them by then.
ORPHAN_AGE = timedelta(days=3)
# Judging every text ever stored would take hours; rules that break, break for the newest.
NEWEST_RUNS = 200
SECRETS = r"nmb_(live|test)_[0-9A-Za-z]{39}|\msk-(proj-)?[0-9A-Za-z]{20,}|\mwhsec_[0-9A-Za-z+/]{24,}"
TEXTS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'json', 'jsonb')
    AND table_name ~ '^(accounts|projects|batches|nimbus|account|django)_'
ORDER BY table_name, column_name
"""


def broken_chains() -> Iterator[str]:
    for chain in AuditChain.objects.order_by("id").values_list("id", flat=True).iterator():
        seq = chains.verify(chain)
        if seq is not None:
            yield f"{chain} breaks at event {seq}"


def damaged_files() -> Iterator[str]:
    """Rows whose file is gone or changed, and old files that no row names."""
    for row in Artifact.objects.order_by("id").iterator():
        try:
            with artifacts.open_checked(row.key) as file:
                size = file.seek(0, 2)
        except NimbusError as error:
            yield f"{row.key}: {error.code}"
        else:
            if size != row.size or not row.key.endswith(row.sha256):
                yield f"{row.key}: not what its row says"
    for key in artifact_rows.orphans(ORPHAN_AGE):
        yield f"{key}: nobody's"


def spilt_secrets() -> Iterator[str]:
    """Columns that hold what only a digest or a ciphertext may be kept of."""
    with connection.cursor() as cursor:
        cursor.execute(TEXTS)
        for table, column in cursor.fetchall():
            names = connection.ops.quote_name(table), connection.ops.quote_name(column)
            cursor.execute(f"SELECT 1 FROM {names[0]} WHERE {names[1]}::text ~ %s LIMIT 1", [SECRETS])  # noqa: S608
            if cursor.fetchone():
                yield f"{table}.{column}"


def unsound_results() -> Iterator[str]:
    """Stored texts of the newest done pages that today's checks would refuse to store."""
    done = PageRun.objects.filter(status=PageRun.Status.DONE).select_related("batch__project", "page")
    for run in done.select_related("snapshot").order_by("-id")[:NEWEST_RUNS]:
        texts = Suggestion.objects.filter(run=run).exclude(text="")
        if not hasattr(run, "snapshot") or not texts:
            continue
        page = PageText.from_extraction(run.snapshot.extraction, run.page.url)
        brief = briefs.of(run.batch)
        known = checks.Known.of(page, brief)
        for row in texts:
            kind: Kind = "head" if row.kind == Suggestion.Kind.HEAD else "block"
            refused = checks.refusals(
                row.original, row.text, kind=kind, target=row.target, page=page, brief=brief, known=known
            )
            if refused:
                yield f"{row.id}: {', '.join(refused)}"
