"""The world in which every screen has something to show: batches in every state, people of every kind."""

import io
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from accounts import organizations
from accounts.models import Invitation, Membership, User
from batches import calibration, caps, group_decisions, pilots, queue, reviews, uploads
from batches.management.commands.seed_demo import lines
from batches.models import Batch, Decision, PageRun, Suggestion, WebhookDelivery, WebhookEndpoint
from batches.waves import Pilot
from batches.wishes import Wish
from nimbus import secrets
from projects import changes, saved_views
from projects.models import SpendDay, SpendTotal
from tests.cast import sign_in
from tests.conftest import wait_until

DEMO, NEWCOMER, VIEWER, NOBODY = "demo@nimbus.test", "new@nimbus.test", "viewer@nimbus.test", ""
STARTER = "starter@nimbus.test"
INVITED = "a-token-from-a-mail"
# Where people are signed in; the last is the browser that walks.
BROWSERS = (
    ("198.51.100.20", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"),
)
# Pages that the running batch finished in each minute so far.
PACE = (5, 9, 12, 13, 4, 10, 12, 12, 11)
DONE = sum(PACE)
# What the pages of the running batch are at that are not done, over and over.
REST = ("processing", "failed", "waiting", "queued", "queued", "queued", "queued", "queued", "queued")
SURE = (0.97, 0.94, 0.88, 1.0, 0.91, 0.76, 0.95, 0.82, 0.99, 0.64, 0.93, 0.44)
FAILURES = {
    "refused": "The model declined the text.",
    "too_large": "The page has more text than the model takes.",
}
# By level: the check, its sentence, and what makes the text so.
FINDINGS = {
    "hold": (
        "facts",
        "“25 years” is not on the page or in your facts. The original stays.",
        ", 25 years of practice",
    ),
    "note": ("length", "It fits, yet a phone may cut it.", " by post, insured both ways"),
}


def build(product):
    """The demo world, grown to the states that a screen has to show; returns its two batches."""
    call_command("seed_demo", stdout=io.StringIO())
    demo = User.objects.get(email=DEMO)
    finished = Batch.objects.get(label="Spring relaunch")
    running = upload(finished.project, demo)
    wait_until(lambda: Batch.objects.filter(id=finished.id, status="completed").exists(), 60)
    wait_until(lambda: running.runs.filter(status="done").count() == DONE, 60)
    # From here on nobody works, so that the running batch stays as it is.
    product.stop_worker()
    spread(running)
    for batch in (finished, running):
        give_work(batch)
    approved = finished.suggestions.filter(level="pass").order_by("-id")[:31]
    out = finished.suggestions.exclude(id__in=[row.id for row in approved]).values_list("id", flat=True)
    group_decisions.decide(finished, Wish(list="all"), Decision.What.APPROVE, by=demo, out=list(out))
    read_some(running, demo)
    add_webhook(finished.project)
    spend(finished.project)
    for number, run in enumerate(PageRun.objects.filter(status="done").order_by("id")):
        # As models are: mostly sure, now and then not at all.
        PageRun.objects.filter(pk=run.pk).update(confidence=SURE[number % len(SURE)])
    for name, query in (("Failed", "status=failed"), ("Doubtful", "high=0.5&sort=confidence")):
        saved_views.save(finished.project, demo, "pages", name, query)
    saved_views.save(finished.project, demo, "review", "New claims", "check=claims")
    Invitation.objects.create(
        organization=finished.project.organization, email=STARTER, role="editor", invited_by=demo,
        token_digest=secrets.digest(INVITED), expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    newcomer("new@nimbus.test")
    starter = newcomer(STARTER)
    changes.create(
        starter.memberships.get().organization, starter, name="Kranich", domain="kranich.test", settings={}
    )
    viewer = User.objects.create_user(VIEWER, "a-long-password", name="Vera")
    Membership.objects.create(organization=finished.project.organization, user=viewer, role="viewer")
    return finished, running


def newcomer(email):
    user = User.objects.create_user(email, "a-long-password", name="Nia Brandt")
    organizations.create_personal(user)
    return user


def upload(project, user):
    """A batch of which the worker takes the first pages only: the others have to wait."""
    batch = uploads.create_batch(project, tier="above-fold", label="Autumn services", by=user)
    uploads.accept(batch, lines(project, 52, 212), by=user)
    later = list(batch.runs.order_by("id").values_list("pk", flat=True)[DONE:])
    batch.runs.filter(pk__in=later).update(not_before=timezone.now() + timedelta(hours=1))
    queue.submit(batch, by=user)
    return batch


@transaction.atomic
def spread(batch):
    """The batch minutes later, with pages in every state."""
    now = timezone.now()
    by_state = {}
    for number, pk in enumerate(batch.runs.order_by("id").values_list("pk", flat=True)):
        by_state.setdefault("done" if number < DONE else REST[number % len(REST)], []).append(pk)
    minutes = [ago for ago, amount in enumerate(reversed(PACE), 1) for _ in range(amount)][::-1]
    for ago, pk in zip(minutes, by_state["done"], strict=True):
        batch.runs.filter(pk=pk).update(finished_at=now - timedelta(minutes=ago))
    for number, pk in enumerate(by_state["failed"]):
        code = list(FAILURES)[number % 2]
        batch.runs.filter(pk=pk).update(
            status="failed", error_code=code, error_message=FAILURES[code], finished_at=now
        )
    batch.runs.filter(pk__in=by_state["waiting"]).update(error_code="rate_limited", attempts=1)
    # A lease that outlasts the walk: the sweep leaves these pages alone.
    batch.runs.filter(pk__in=by_state["processing"]).update(
        status="processing", lease_owner="worker", lease_expires_at=now + timedelta(hours=1)
    )
    Batch.objects.filter(id=batch.id).update(started_at=now - timedelta(minutes=len(PACE)))


def add_webhook(project):
    """An endpoint with a message that arrived and one that is tried again."""
    endpoint = WebhookEndpoint.objects.create(
        organization=project.organization, project=project, url="https://hooks.repairsbypost.test/nimbus",
        events=["batch.completed", "batch.failed"], secret_ciphertext=b"-",
    )  # fmt: skip
    now = timezone.now()
    tried = [{"at": now.isoformat(), "status": 503, "error": "", "duration_ms": 214}]
    states = ({"delivered_at": now}, {"attempts": tried, "next_attempt_at": now + timedelta(hours=1)})
    for state in states:
        WebhookDelivery.objects.create(
            organization_id=project.organization_id,
            endpoint=endpoint,
            event="batch.completed",
            payload={},
            **state,
        )


def waiting_batch(project):
    """Uploaded, with its quote, and not submitted."""
    batch = uploads.create_batch(project, tier="meta", label="Winter services", by="system")
    uploads.accept(batch, lines(project, 300, 306), by="system")
    return batch


def pilot_batch(project):
    """Its pilot is done, and waits for somebody's word."""
    pilot = Pilot(5, wave_size=20)
    batch = uploads.create_batch(project, tier="meta", label="Spring sale", pilot=pilot, by="system")
    uploads.accept(batch, lines(project, 400, 445), by="system")
    queue.submit(batch, by="system")
    batch.runs.filter(wave=0).update(status="done", finished_at=timezone.now())
    batch.refresh_from_db()
    pilots.follow(batch)
    return batch


def spend(project):
    """A month of days, with two models and both lanes."""
    today = timezone.now().date()
    for number in range(today.day):
        for model, lane, share in (
            ("gpt-5-mini", "live", 3),
            ("gpt-5-mini", "economy", 2),
            ("gpt-5", "live", 4),
        ):
            if (number * share) % 5:
                cost = 90_000 * share * (number % 6 + 1)
                SpendDay.objects.create(
                    organization_id=project.organization_id, project=project, model=model, lane=lane,
                    day=today.replace(day=number + 1), pages=40 * share, calls=44 * share, microdollars=cost,
                    input_tokens=cost * 2, output_tokens=cost // 4,
                    saved_by_lane=cost if lane == "economy" else 0, saved_by_memory=cost // 3,
                )  # fmt: skip
    caps.set_of_project(project, "system", 60_000_000)
    caps.set_of_organization(project.organization, "system", 120_000_000)
    spent = SpendDay.objects.filter(project=project).aggregate(sum=Sum("microdollars"))["sum"]
    SpendTotal.objects.filter(owner__in=[project.id, project.organization_id]).update(spent=spent)


def read_some(batch, user):
    """So many texts approved one by one that their scores tell something, and one edited."""
    passed = batch.suggestions.filter(target="title", level="pass", review="pending")
    passed = list(passed.select_related("batch", "page__project", "run__snapshot").order_by("id"))
    edited = passed.pop()
    reviews.edit(edited, edited.text.replace(" | ", " by hand | "), by=user)
    for suggestion in passed[: calibration.FEWEST]:
        reviews.approve(suggestion, by=user)


def give_work(batch):
    """What people meet in a review: held texts and texts to look at, beside those that passed."""
    for number, suggestion in enumerate(batch.suggestions.filter(target="title").order_by("id")[:9]):
        level, (check, message, tail) = list(FINDINGS.items())[number % 3 > 0]
        text = suggestion.text.partition(" | ")[0] + tail
        verdicts = [{"check": check, "level": level, "message": message}]
        # Past the model's own rules: a suggestion is written once, but this is its first minute.
        Suggestion.objects.filter(id=suggestion.id).update(
            level=level, verdicts=verdicts, text=text, confidence=0.41 + number / 20
        )


def session(who):
    """The session key of a signed-in browser; empty for nobody's. People have a second one at home."""
    if not who:
        return ""
    user = User.objects.get(email=who)
    for ip, header in BROWSERS:
        client = Client()
        sign_in(client, user)
        key = client.cookies["sessionid"].value
        UserSession.objects.create(user=user, ip=ip, user_agent=header, session_key=key)
    return key
