"""Who wants which mail how often. Kept in `User.notifications`: `{kind: how often, "projects": {id: …}}`."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from accounts.models import User

INSTANT, DAILY, WEEKLY, OFF = "instant", "daily", "weekly", "off"
WORDS = {INSTANT: _("At once"), DAILY: _("Daily"), WEEKLY: _("Weekly"), OFF: _("Never")}


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    label: str
    help: str
    # The first is how often it comes to who has never said anything.
    choices: tuple[str, ...]
    by_project: bool = True


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "batch_report",
            _("Batch reports"),
            _("What a batch did, what it cost and what waits for review."),
            (INSTANT, DAILY, WEEKLY, OFF),
        ),
        Kind(
            "trouble",
            _("Failures"),
            _("A batch that failed or waits for a person, a webhook that was switched off."),
            (INSTANT, DAILY, WEEKLY, OFF),
        ),
        Kind(
            "budget",
            _("Caps"),
            _("When half, most and all of a cap is spent."),
            (INSTANT, OFF),
            by_project=False,
        ),
        Kind(
            "digest",
            _("Summary"),
            _("All projects in one mail, when something happened."),
            (WEEKLY, DAILY, OFF),
        ),
    )
}
# What outbox rows call their kinds.
OF_MAILS = {
    "batch_report": "batch_report",
    "batch_failed": "trouble",
    "batch_paused": "trouble",
    "webhook_disabled": "trouble",
    "budget": "budget",
    "daily": "digest",
    "weekly": "digest",
}


def kind_of(mail_kind: str) -> str:
    """The kind that a mail counts as; empty for mail about the account itself, which nobody can refuse."""
    # A batch that was paused twice has two mails: batch_paused and batch_paused_1.
    return OF_MAILS.get(mail_kind.rstrip("0123456789").rstrip("_"), "")


def frequency(user: User, kind: str, project_id: str = "") -> str:
    """The project's own answer, else the general one, else the usual."""
    wishes: dict[str, Any] = user.notifications
    own = (wishes.get("projects") or {}).get(project_id) or {}
    for value in (own.get(kind), wishes.get(kind)):
        if value in KINDS[kind].choices:
            return str(value)
        # As it was kept while there was yes and no alone.
        if value is False:
            return OFF
    return KINDS[kind].choices[0]


def wants_now(user: User, kind: str, project_id: str = "") -> bool:
    return frequency(user, kind, project_id) == INSTANT


def store(user: User, wishes: dict[str, Any]) -> None:
    user.notifications = wishes
    user.save(update_fields=["notifications"])


def refuse(user: User, kind: str) -> None:
    """No more of this kind, whatever a project said."""
    said = (user.notifications.get("projects") or {}).items()
    own = {project: {name: how for name, how in chosen.items() if name != kind} for project, chosen in said}
    kept = {project: chosen for project, chosen in own.items() if chosen}
    store(user, user.notifications | {kind: OFF, "projects": kept})
