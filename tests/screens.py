"""Every screen of the product with something to show on it, for the walk that looks at them all."""

import io
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.management import call_command
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import organizations
from accounts.models import Invitation, Membership, User
from batches import caps, group_decisions, pilots, queue, uploads
from batches.mail import unsubscribing
from batches.management.commands.seed_demo import lines
from batches.models import Batch, Decision, OutboxMail, Suggestion, WebhookDelivery, WebhookEndpoint
from batches.waves import Pilot
from batches.wishes import Wish
from nimbus import api, secrets
from projects import changes
from projects.models import Project, SpendDay
from tests.cast import sign_in
from tests.conftest import wait_until

DEMO, NEWCOMER, VIEWER, NOBODY = "demo@nimbus.test", "new@nimbus.test", "viewer@nimbus.test", ""
STARTER = "starter@nimbus.test"
INVITED = "a-token-from-a-mail"
# Pages that the running batch finished in each minute so far.
PACE = (5, 9, 12, 13, 4, 10, 12, 12, 11)
DONE = sum(PACE)
# What the pages of the running batch are at that are not done, over and over.
REST = ("processing", "failed", "waiting", "queued", "queued", "queued", "queued", "queued", "queued")
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


@dataclass(frozen=True)
class Screen:
    name: str
    path: str
    who: str = DEMO
    # Pressed once the page is there: each a selector.
    presses: tuple[str, ...] = ()
    fills: dict[str, str] = field(default_factory=dict)
    # The page itself, where the product would answer with an error that the console repeats.
    body: str = ""
    # The admin's own templates are Django's: looked at, not judged.
    is_ours: bool = True


def build(product):
    """The demo world, grown to the states that a screen has to show; returns the screens."""
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
    add_webhook(finished.project)
    spend(finished.project)
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
    return list(screens(finished, running))


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
    caps.set_of_project(project, "system", 40_000_000)


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


def screens(finished, running):
    project = finished.project_id
    held = finished.suggestions.filter(level="hold").first()
    mail = OutboxMail.objects.order_by("-id").first()
    letter = unsubscribing.token_for(User.objects.get(email=DEMO), "trouble")
    home = f"/projects/{project}"
    fresh = f"/projects/{Project.objects.get(creator__email=STARTER).id}"
    yield Screen("login", "/account/login/", NOBODY)
    yield Screen("signup", "/account/signup/", NOBODY)
    yield Screen("password-reset", "/account/password/reset/", NOBODY)
    yield Screen("password-reset-sent", "/account/password/reset/done/", NOBODY)
    yield Screen("home-empty", "/", NEWCOMER)
    yield Screen("project-new", "/projects/new", NEWCOMER)
    yield Screen("project-empty", fresh, STARTER)
    yield Screen("batches-empty", f"{fresh}/batches", STARTER)
    yield Screen("keys-empty", f"{fresh}/keys", STARTER)
    yield Screen("outbox-empty", "/outbox", STARTER)
    yield Screen("home", "/")
    yield Screen("project", home)
    yield Screen("pages", f"{home}/pages")
    yield Screen("pages-filtered", f"{home}/pages?check=facts&sort=confidence&high=0.9")
    yield Screen("pages-none", f"{home}/pages?q=nowhere&status=failed")
    yield Screen("pages-empty", f"{fresh}/pages", STARTER)
    yield Screen("palette", f"{home}/pages", presses=("[data-palette]:visible",))
    yield Screen("jump", f"/jump?q=relaunch&project={project}")
    yield Screen("jump-none", "/jump?q=nowhere")
    yield Screen("project-menu", f"{home}/menu")
    yield Screen("project-settings", f"{home}/settings")
    yield Screen("brief", f"{home}/brief")
    yield Screen("instructions", f"{home}/instructions")
    yield Screen("families", f"{home}/families")
    yield Screen("keys", f"{home}/keys")
    yield Screen(
        "keys-fresh", f"{home}/keys", presses=("text=Issue key",), fills={"[name=name]": "Build server"}
    )
    yield Screen("webhooks", f"{home}/webhooks")
    yield Screen("webhooks-empty", f"{fresh}/webhooks", STARTER)
    yield Screen("batches", f"{home}/batches")
    yield Screen("batch-new", f"{home}/batches/new")
    yield Screen("batch-live", f"/batches/{running.id}")
    yield Screen("batch-final", f"/batches/{finished.id}")
    yield Screen("batch-filtered", f"/batches/{running.id}?status=failed")
    yield Screen("page", f"/batches/{finished.id}/pages/{held.page_id}")
    yield Screen(
        "page-before", f"/batches/{finished.id}/pages/{held.page_id}", presses=(".switch >> text=Before",)
    )
    yield Screen("review", f"/batches/{finished.id}/review")
    yield Screen("review-page", f"/batches/{finished.id}/review?page={held.page_id}")
    alike = finished.suggestions.filter(review="pending", level="pass").exclude(pattern="").first()
    yield Screen("review-alike", f"/batches/{finished.id}/review?alike={alike.pattern}")
    yield Screen("review-held", f"/batches/{finished.id}/review?list=held")
    yield Screen("review-sample", f"/batches/{finished.id}/review?list=sample")
    yield Screen("review-none", f"/batches/{finished.id}/review?list=all&q=nowhere")
    yield Screen(
        "review-filter", f"/batches/{finished.id}/review?list=all", presses=(".queue__filter summary",)
    )
    yield Screen("review-fact", f"/suggestions/{held.id}/fact")
    yield Screen("review-spread", f"/suggestions/{alike.id}/alike")
    yield Screen("shortcuts", f"/batches/{finished.id}/review", presses=("[data-open=shortcuts]:visible",))
    yield Screen("members", f"/you/organizations/{finished.organization_id}/members")
    yield Screen("organization", f"/you/organizations/{finished.organization_id}")
    yield Screen("provider-keys", f"/you/organizations/{finished.organization_id}/provider-keys")
    yield Screen("usage", f"/organizations/{finished.organization_id}/usage")
    yield Screen("usage-empty", f"/organizations/{finished.organization_id}/usage?month=2020-02")
    yield Screen("batch-quote", f"/batches/{waiting_batch(finished.project).id}")
    yield Screen("batch-pilot", f"/batches/{pilot_batch(finished.project).id}")
    yield Screen("batch-new-pilot", f"{home}/batches/new", presses=("[name=pilots]",))
    yield Screen("invitation", f"/you/invitations/{INVITED}", STARTER)
    yield Screen("audit", "/you/audit")
    yield Screen("audit-none", "/you/audit?target=page_unknown")
    yield Screen("outbox", "/outbox")
    yield Screen("mail", f"/outbox/{mail.pk}")
    yield Screen("shares", f"/batches/{finished.id}/shares")
    yield Screen("profile", "/you/profile")
    yield Screen("mail-choices", "/you/mail")
    yield Screen("mail-preview", "/mail/previews?mail=report")
    yield Screen("unsubscribe", f"/mail/unsubscribe/{letter}", NOBODY)
    yield Screen("second-factor", "/account/2fa/")
    yield Screen("authenticator-app", "/account/2fa/totp/activate/", NEWCOMER)
    yield Screen("passkey-new", "/account/2fa/webauthn/add/", NEWCOMER)
    yield Screen("sessions", "/account/sessions/")
    yield Screen("connections", "/account/3rdparty/")
    yield Screen("reauthenticate", "/account/reauthenticate/?next=/", NEWCOMER)
    yield Screen("password-change", "/account/password/change/")
    yield Screen("email", "/account/email/")
    yield Screen("logout", "/account/logout/")
    yield Screen("api-reference", "/api/v1/reference", NOBODY)
    yield Screen("api-reference-own", "/api/v1/reference", presses=("#batch_create summary",))
    yield Screen("error-404", "/no-such-page", body=Client().get("/no-such-page").text)
    yield Screen("error-403", f"{home}/batches/new", body=as_viewer(f"{home}/batches/new"))
    yield Screen(
        "error-500", "/broken", body=api.server_error(RequestFactory().get("/broken")).content.decode()
    )
    yield Screen("project-new-wrong", "/projects/new", body=refused_project())
    yield Screen("admin", "/admin/", is_ours=False)
    yield Screen("admin-search", "/admin/accounts/organization/search/?q=demo@nimbus.test", is_ours=False)
    yield Screen(
        "admin-look", f"/admin/accounts/organization/{finished.organization_id}/look/", is_ours=False
    )
    yield Screen("admin-health", "/admin/batches/batch/health/", is_ours=False)
    yield Screen("admin-batch", f"/admin/batches/batch/{finished.id}/change/", is_ours=False)


def as_viewer(path):
    client = Client()
    client.force_login(User.objects.get(email=VIEWER))
    return client.get(path).text


def refused_project():
    """A form with what was typed and what is wrong with it."""
    client = Client()
    client.force_login(User.objects.get(email=NEWCOMER))
    return client.post(
        "/projects/new", {"name": "", "domain": "no domain", "tone": "warm", "tier": "meta"}
    ).text


def session(who):
    """The session key of a signed-in browser; empty for nobody's."""
    if not who:
        return ""
    client = Client()
    sign_in(client, User.objects.get(email=who))
    return client.cookies["sessionid"].value
