"""People's word on what the model proposed. The newest decision on a target of a page is applied."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts import audit
from accounts.models import User
from batches import briefs, memory, publishing, wakeups, webhooks
from batches.models import Batch, Decision, GroupDecision, Suggestion
from nimbus.errors import InvalidError, StateError
from optimizer import checks, inline
from optimizer.types import Brief, PageText

MAX_TEXT = 20_000


class NotReviewableError(StateError):
    """The checks refused this text, so there is nothing to approve. Edit it instead."""

    code = "not_reviewable"


class ReasonMissingError(InvalidError):
    """A held text is approved one by one, with a reason."""

    code = "reason_missing"


class DecidedMeanwhileError(StateError):
    """Another person was quicker. Nothing was overwritten; look at what they decided."""

    code = "decided_meanwhile"


class RefusedTextError(InvalidError):
    """An edit that would put markup, a script or a new address on the page."""

    code = "refused_text"


def approve(suggestion: Suggestion, *, by: Any, reason: str = "", seen: int | None = None) -> None:
    """Approve one text; a held one needs a reason. `seen` is the version that the person looked at."""
    if not suggestion.text and not suggestion.decided_text:
        raise NotReviewableError(
            _("The checks refused this text. Edit it, or reject it to keep the original.")
        )
    if suggestion.level == Suggestion.Level.HOLD and not reason and not suggestion.decided_text:
        raise ReasonMissingError(
            _("A check held this text. Say in a few words why it may go live, then approve it."),
            field="reason",
        )
    decide([suggestion], Decision.What.APPROVE, by=by, reason=reason, seen=seen)


def reject(suggestion: Suggestion, *, by: Any, reason: str = "", seen: int | None = None) -> None:
    """Keep the original text on the page."""
    decide([suggestion], Decision.What.REJECT, by=by, reason=reason, seen=seen)
    withdraw(suggestion)


def undo(suggestion: Suggestion, *, by: Any, seen: int | None = None) -> None:
    """Back to undecided; what was approved for this place before applies again."""
    if suggestion.review == Suggestion.Review.PENDING:
        raise NotReviewableError(_("Nothing is decided here yet, so there is nothing to undo."))
    decide([suggestion], Decision.What.ROLLBACK, by=by, seen=seen)
    withdraw(suggestion)


def withdraw(suggestion: Suggestion) -> None:
    """A person's own words that no longer stand here are offered to nobody."""
    if suggestion.decided_text:
        memory.forget(suggestion)


def edit(
    suggestion: Suggestion, text: str, *, by: Any, reason: str = "", seen: int | None = None
) -> list[checks.Verdict]:
    """Store a person's own wording as approved; returns what the checks remark about it.

    Raises RefusedTextError where the text could damage the page. A held remark does not stop a person.
    """
    text = as_stored(suggestion, text)
    verdicts = recheck(suggestion, text)
    refused = [verdict.message for verdict in verdicts if verdict.level == "refuse"]
    if refused:
        raise RefusedTextError(" ".join(refused), field="text")
    decide([suggestion], Decision.What.EDIT, by=by, text=text, reason=reason, seen=seen)
    memory.remember(suggestion, text)
    return verdicts


def as_stored(suggestion: Suggestion, text: str) -> str:
    """What a person typed, as the page can take it."""
    text = text.strip()
    if not text or len(text) > MAX_TEXT:
        raise InvalidError(_("Write between 1 and %(max_text)s characters."), field="text", max_text=MAX_TEXT)
    # People write & and < as they are; a head field is plain text and keeps them so.
    return inline.repair(text) if suggestion.kind == Suggestion.Kind.BLOCK else text


def recheck(suggestion: Suggestion, text: str, brief: Brief | None = None) -> list[checks.Verdict]:
    """The checks' verdicts on `text` in the place of this suggestion, by the newest brief or another."""
    page = PageText.from_extraction(suggestion.run.snapshot.extraction, suggestion.page.url)
    verdicts = checks.check_all(
        suggestion.original,
        text,
        kind="head" if suggestion.kind == Suggestion.Kind.HEAD else "block",
        target=suggestion.target,
        page=page,
        brief=brief or briefs.current(suggestion.page.project),
    )
    return list(verdicts)


REVIEWS = {
    Decision.What.APPROVE: Suggestion.Review.APPROVED,
    Decision.What.EDIT: Suggestion.Review.APPROVED,
    Decision.What.REJECT: Suggestion.Review.REJECTED,
    Decision.What.ROLLBACK: Suggestion.Review.PENDING,
}


@transaction.atomic
def decide(
    suggestions: Sequence[Suggestion],
    what: Decision.What,
    *,
    by: Any,
    text: str = "",
    reason: str = "",
    seen: int | None = None,
    group: GroupDecision | None = None,
) -> int:
    """Write one decision for each suggestion, and move the page's current text.

    Several people decide at once: with `seen`, what changed since then is not overwritten; a word on many
    (`group`) passes over what is no longer as it was when they were chosen.
    """
    suggestions = unchanged(suggestions, seen, group)
    if not suggestions:
        return 0
    actor, now = audit.name_of(by), timezone.now()
    changes: dict[str, Any] = {"review": REVIEWS[what], "decided_at": now, "version": F("version") + 1}
    if what in (Decision.What.EDIT, Decision.What.ROLLBACK):
        changes["decided_text"] = text
    if what is Decision.What.ROLLBACK:
        changes["decided_at"] = None
    Suggestion.objects.filter(id__in=[suggestion.id for suggestion in suggestions]).update(**changes)
    Decision.objects.bulk_create(
        Decision(
            organization_id=suggestion.organization_id,
            suggestion_id=suggestion.id,
            by=actor,
            what=what,
            text=text,
            reason=reason[:300],
            group=group,
        )
        for suggestion in suggestions
    )
    follow_up(suggestions, what, actor, reason, text)
    return len(suggestions)


def unchanged(
    suggestions: Sequence[Suggestion], seen: int | None, group: GroupDecision | None
) -> list[Suggestion]:
    """Lock them, in one order for everybody, and leave out or refuse what another decided meanwhile."""
    ids = [suggestion.id for suggestion in suggestions]
    rows = Suggestion.objects.select_for_update().filter(id__in=ids).order_by("id")
    versions = dict(rows.values_list("id", "version"))
    if group:
        return [row for row in suggestions if versions.get(row.id) == row.version]
    for suggestion in suggestions:
        if seen is not None and versions.get(suggestion.id) != seen:
            raise overtaken(suggestion)
    return [row for row in suggestions if row.id in versions]


def overtaken(suggestion: Suggestion) -> DecidedMeanwhileError:
    """The newest decision on it, as an error."""
    decision = suggestion.decisions.order_by("-id").first()
    if decision is None:
        return DecidedMeanwhileError(_("This change was renewed meanwhile. Nothing was overwritten."))
    by = User.objects.filter(id=decision.by).first() or "Somebody"
    return DecidedMeanwhileError(MEANWHILE[Decision.What(decision.what)], by=by)


MEANWHILE = {
    Decision.What.APPROVE: _("%(by)s approved this change meanwhile. Nothing was overwritten."),
    Decision.What.EDIT: _("%(by)s edited this change meanwhile. Nothing was overwritten."),
    Decision.What.REJECT: _("%(by)s rejected this change meanwhile. Nothing was overwritten."),
    Decision.What.ROLLBACK: _("%(by)s reopened this change meanwhile. Nothing was overwritten."),
}


def follow_up(
    suggestions: Sequence[Suggestion], what: Decision.What, actor: str, reason: str, text: str
) -> None:
    tell(suggestions, what, actor, reason, text)
    for batch in {suggestion.batch_id: suggestion.batch for suggestion in suggestions}.values():
        mine = {suggestion.page_id for suggestion in suggestions if suggestion.batch_id == batch.id}
        publishing.publish(batch.project_id, mine)
    tell_reviewed({s.batch_id for s in suggestions if s.review == Suggestion.Review.PENDING})
    wakeups.notify(suggestion.batch_id for suggestion in suggestions)


def tell_reviewed(batch_ids: Iterable[str]) -> None:
    """For batches of which something waited until now: is it the last?"""
    done = Batch.objects.filter(id__in=batch_ids, pending_count=0, status__in=Batch.FINAL)
    for batch in done.order_by("id"):
        webhooks.tell_review(batch)


PAST = {
    Decision.What.APPROVE: "approved",
    Decision.What.EDIT: "edited",
    Decision.What.REJECT: "rejected",
    Decision.What.ROLLBACK: "reopened",
}


def tell(suggestions: Iterable[Suggestion], what: Decision.What, actor: str, reason: str, text: str) -> None:
    data = {"reason": reason} if reason else {}
    if text:
        data["text_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    audit.record_many(
        audit.Entry(
            chain=suggestion.batch.project_id,
            organization_id=suggestion.organization_id,
            actor=actor,
            action=f"suggestion.{PAST[what]}",
            target=suggestion.page_id,
            batch=suggestion.batch_id,
            step="review",
            message=f"{PAST[what].replace('_', ' ').capitalize()} {suggestion.plain_target}",
            data={"suggestion": suggestion.id, **data},
        )
        for suggestion in suggestions
    )
