"""The audit log as people read it: narrowed by what its address says, however long it is.

Only an event's organization, chain and target have an index. Any other filter looks at so many events at a
time and offers to look further back, so that a log of a million events answers as fast as a short one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts import events
from accounts.models import AuditChain, AuditEvent, Organization, User
from nimbus import querystring

LOOKED_AT = 50_000
LEVELS = ("warn", "error")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see of the log; what makes no sense counts as not said."""

    target: str = ""
    action: str = ""
    actor: str = ""
    level: str = ""
    chain: str = ""
    since: str = ""
    until: str = ""
    of: str = ""

    @classmethod
    def of_address(cls, given: Mapping[str, str]) -> "Wish":
        said = querystring.said(cls, given)
        said["level"] = said["level"] if said["level"] in LEVELS else ""
        said["of"] = "account" if said["of"] == "account" else ""
        for name in ("since", "until"):
            said[name] = said[name] if day(said[name]) else ""
        return cls(**said)

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set; whose log it is, is none."""
        named = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "of"}
        return {name: value for name, value in named.items() if value}

    @property
    def scans(self) -> bool:
        return bool(self.action or self.actor or self.level)


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def mine(user: User, wish: Wish) -> QuerySet[AuditEvent]:
    """What the visitor may see: the own account, or the organizations that the visitor is in."""
    if wish.of:
        return AuditEvent.objects.filter(chain=user.id)
    # Two simple queries: one OR is far slower on PostgreSQL, and so is a list where there is one to compare.
    own = list(Organization.objects.for_user(user).values_list("id", flat=True))
    found = AuditEvent.objects.filter(
        Q(organization_id=own[0]) if len(own) == 1 else Q(organization_id__in=own)
    )
    if wish.target:
        # By the index of chain and target.
        chains = AuditChain.objects.filter(organization_id__in=own).values_list("id", flat=True)
        found = found.filter(chain__in=list(chains), target=wish.target)
    return found.filter(chain=wish.chain) if wish.chain else found


def narrowed(found: QuerySet[AuditEvent], wish: Wish) -> QuerySet[AuditEvent]:
    """Those that match every filter."""
    if wish.of and wish.target:
        found = found.filter(target=wish.target)
    if since := day(wish.since):
        found = found.filter(id__gt=last_before(found, start_of(since)))
    if until := day(wish.until):
        found = found.filter(id__lte=last_before(found, start_of(until + timedelta(days=1))))
    if wish.action:
        is_kind = wish.action in events.KINDS
        found = found.filter(action=wish.action) if is_kind else found.filter(action__startswith=wish.action)
    if wish.actor:
        found = (
            found.filter(actor__startswith="key_") if wish.actor == "keys" else found.filter(actor=wish.actor)
        )
    if wish.level:
        found = found.filter(level__in=LEVELS[LEVELS.index(wish.level) :])
    return found


def start_of(wanted: date) -> datetime:
    """Midnight, where the reader is."""
    return timezone.make_aware(datetime.combine(wanted, time()))


def last_before(found: QuerySet[AuditEvent], moment: datetime) -> int:
    """The id of the last event before a moment: halving, since later events have higher ids."""
    seen, unseen = 0, (found.aggregate(last=Max("id"))["last"] or 0) + 1
    while unseen - seen > 1:
        middle = (seen + unseen) // 2
        newest = found.filter(id__lte=middle).order_by("-id").values_list("id", "at").first()
        if newest is None or newest[1] < moment:
            seen = middle
        else:
            unseen = newest[0]
    return seen


def horizon(found: QuerySet[AuditEvent], after: str) -> int | None:
    """The id down to which a filter without an index looks; None where it reaches the beginning."""
    below = found.filter(id__lt=int(after)) if after.isdecimal() else found
    return below.order_by("-id").values_list("id", flat=True)[LOOKED_AT : LOOKED_AT + 1].first()


def kinds() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every kind of event by what it is about, to choose from."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, kind in sorted(events.KINDS.items()):
        groups.setdefault(name.partition(".")[0], []).append((name, kind.says))
    return list(groups.items())


def actors(user: User) -> list[tuple[str, str]]:
    """The people who may have done something, to choose from."""
    people = User.objects.filter(memberships__organization__in=Organization.objects.for_user(user))
    return [(person.id, str(person)) for person in people.distinct().order_by("name", "email")[:200]]


def with_names(rows: list[AuditEvent]) -> list[tuple[AuditEvent, str]]:
    """Each event with its actor as people know them."""
    ids = {event.actor for event in rows if event.actor.startswith("user_")}
    names = {user.id: str(user) for user in User.objects.filter(id__in=ids)}
    return [(event, names.get(event.actor, event.actor)) for event in rows]


def told(event: AuditEvent) -> str:
    kind: Any = events.KINDS.get(event.action)
    return event.message or (kind.says if kind else "")
