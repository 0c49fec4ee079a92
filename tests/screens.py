"""Every screen of the product, for the walk that looks at them all; its world is in screen_world."""

from dataclasses import dataclass, field

from django.test import Client, RequestFactory

from accounts.models import User
from batches.mail import unsubscribing
from batches.models import OutboxMail
from nimbus import api
from projects.models import Project
from tests import screen_world
from tests.screen_world import DEMO, INVITED, NEWCOMER, NOBODY, STARTER, VIEWER, pilot_batch, waiting_batch


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
    return list(screens(*screen_world.build(product)))


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
    yield Screen("home-first", "/", STARTER)
    yield Screen("project-new", "/projects/new", NEWCOMER)
    yield Screen("project-empty", fresh, STARTER)
    yield Screen("batches-empty", f"{fresh}/batches", STARTER)
    yield Screen("keys-empty", f"{fresh}/keys", STARTER)
    yield Screen("outbox-empty", "/outbox", STARTER)
    yield Screen("home", "/")
    yield Screen("project", home)
    yield Screen("pages", f"{home}/pages")
    yield Screen("pages-filtered", f"{home}/pages?check=facts&sort=confidence&high=0.9")
    yield Screen("pages-view", f"{home}/pages?status=failed")
    yield Screen("pages-save-view", f"{home}/pages?q=a", presses=("#save-view summary",))
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
    yield Screen("batch-report", f"/batches/{finished.id}/report")
    yield Screen("batch-filtered", f"/batches/{running.id}?status=failed")
    yield Screen("page", f"/batches/{finished.id}/pages/{held.page_id}")
    yield Screen(
        "page-before", f"/batches/{finished.id}/pages/{held.page_id}", presses=(".switch >> text=Before",)
    )
    yield Screen("page-versions", f"/batches/{finished.id}/pages/{held.page_id}/versions")
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
    edited = running.suggestions.exclude(decided_text="").get()
    yield Screen("review-spread", f"/suggestions/{edited.id}/alike")
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
    yield Screen("audit-followed", f"/you/audit?action=batch.&chain={project}&follow=on")
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
