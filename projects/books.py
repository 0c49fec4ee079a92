"""The totals that caps are held against: locked by whoever spends, always in the same order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

# The months that money of today can count in: a call may be settled in the month after its reservation.
MONTHS = "(VALUES (to_char({now}, 'YYYY-MM')), (to_char({now} - interval '1 month', 'YYYY-MM'))) m (month)"
NOW = "(now() AT TIME ZONE 'UTC')"
LOOK = f"""
SELECT t.key, t.owner, t.month, t.month IN ('', to_char({NOW}, 'YYYY-MM')), t.spent, t.reserved,
    coalesce(t.cap_microdollars, p.monthly_cap_microdollars, o.monthly_cap_microdollars), t.told_percent,
    t.input_tokens, t.output_tokens
FROM projects_spendtotal t LEFT JOIN projects_project p ON p.id = t.owner
    LEFT JOIN accounts_organization o ON o.id = t.owner
WHERE t.key = ANY(%(batches)s::text[]) OR t.key IN (
    SELECT f.owner || ' ' || m.month FROM unnest(%(owners)s::text[]) f (owner), {MONTHS.format(now=NOW)}
)
ORDER BY t.key
"""  # noqa: S608
LOCK = f"{LOOK} FOR UPDATE OF t"
OPEN = f"""
INSERT INTO projects_spendtotal (key, organization_id, owner, month, spent, reserved, input_tokens,
    output_tokens, told_percent)
SELECT CASE WHEN f.is_batch THEN f.owner ELSE f.owner || ' ' || to_char({NOW}, 'YYYY-MM') END,
    f.organization, f.owner, CASE WHEN f.is_batch THEN '' ELSE to_char({NOW}, 'YYYY-MM') END, 0, 0, 0, 0, 0
FROM unnest(%s::text[], %s::text[], %s::bool[]) AS f (owner, organization, is_batch)
ORDER BY 1 ON CONFLICT (key) DO NOTHING
"""  # noqa: S608


class Holder(NamedTuple):
    """Whom money is spent for."""

    batch: str
    project: str
    organization: str


@dataclass(slots=True)
class Total:
    """A locked row of the totals."""

    key: str
    owner: str
    month: str
    is_current: bool
    spent: int
    reserved: int
    cap: int | None
    told_percent: int
    input_tokens: int = 0
    output_tokens: int = 0

    def has_room(self, microdollars: int) -> bool:
        return self.cap is None or self.spent + self.reserved + microdollars <= self.cap

    def is_used_up(self, microdollars: int) -> bool:
        """Whether it would not fit even if everything that is reserved came back."""
        return self.cap is not None and self.spent + microdollars > self.cap

    @property
    def name(self) -> str:
        """As in: the project's cap for 2026-11."""
        return f"the {self.kind}'s cap" + (f" for {self.month}" if self.month else "")

    @property
    def kind(self) -> str:
        return {"batch": "batch", "proj": "project"}.get(self.owner.partition("_")[0], "organization")

    @property
    def cap_dollars(self) -> str:
        """As a number field takes it."""
        return f"{(self.cap or 0) / 1_000_000:.6f}".rstrip("0").rstrip(".")

    def refusal(self, microdollars: int) -> str:
        """Why so much has no room, in a sentence for people."""
        name, cap, spent = self.name, usd(self.cap or 0), usd(self.spent)
        next_one = usd(microdollars)
        return (
            f"{name[0].upper()}{name[1:]} of {cap} leaves no room: "
            f"{spent} are spent, and the next call may cost {next_one}."
        )


class Books:
    """The totals that this transaction holds, by owner."""

    def __init__(self, rows: Iterable[Total]) -> None:
        self.rows = {row.key: row for row in rows}
        self._current = {row.owner: row for row in self.rows.values() if row.is_current}

    def refusal(self, holder: Holder, microdollars: int) -> Total | None:
        """The total whose cap this would pass, one that is used up first; None where there is room."""
        full = [row for row in self._of(holder) if not row.has_room(microdollars)]
        return max(full, key=lambda row: row.is_used_up(microdollars), default=None)

    def take(self, holder: Holder, microdollars: int) -> None:
        """Count it in, for those who ask next."""
        for row in self._of(holder):
            row.reserved += microdollars

    def of(self, owner: str) -> Total:
        """Of a batch, or of a project or organization this month."""
        return self._current[owner]

    def used_up(self, holder: Holder, microdollars: int) -> Total | None:
        """The total that so much does not fit into, whatever comes back; None where it may."""
        return next((row for row in self._of(holder) if row.is_used_up(microdollars)), None)

    def _of(self, holder: Holder) -> list[Total]:
        return [self._current[owner] for owner in holder if owner]


def lock(holders: Iterable[Holder]) -> Books:
    """Lock the totals of these until the transaction ends; missing ones are opened."""
    return _read(set(holders), LOCK)


def look(holders: Iterable[Holder]) -> Books:
    """The totals as they are, without waiting for anybody."""
    return _read(set(holders), LOOK)


def _read(holders: set[Holder], query: str) -> Books:
    # A holder of no batch, or of no project, has an empty name there.
    owners = {owner: holder.organization for holder in holders for owner in holder if owner}
    batches = {holder.batch for holder in holders if holder.batch}
    values = {"batches": sorted(batches), "owners": sorted(set(owners) - batches)}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = [Total(*row) for row in cursor.fetchall()]
        missing = sorted(set(owners) - {row.owner for row in rows if row.is_current})
        if missing:
            organizations = [owners[owner] for owner in missing]
            cursor.execute(OPEN, [missing, organizations, [owner in batches for owner in missing]])
            cursor.execute(query, values)
            rows = [Total(*row) for row in cursor.fetchall()]
    return Books(rows)


def usd(microdollars: int) -> str:
    """Two decimals; six below ten cents."""
    amount = microdollars / 1_000_000
    return f"${amount:,.2f}" if microdollars % 10_000 == 0 or amount >= 1 else f"${amount:.6f}".rstrip("0")
