"""Texts that other people wrote are only text: in the dashboard, the admin, mails and exports.

The owner's and the staff's Chromium go without the content security policy, so that a trap that came to life
would be seen to; with it, the pages are quiet for every role.
"""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from playwright.sync_api import sync_playwright

from accounts.models import Membership, User
from batches.models import Batch
from tests import access, traps
from tests.cast import sign_in
from tests.test_access_matrix import address

pytestmark = pytest.mark.browser
# Files, streams, and the preview of a customer's page, which may hold what it likes under its sandbox.
NO_PAGES = ("events", "download", "pages.csv", "preview")
ALIVE = "() => document.querySelectorAll('[onload], [onerror]').length"


class Guest:
    """A browser of somebody; what came to life and what the policy refused is noted."""

    def __init__(self, browser, url, session, *, is_bare):
        self.url, self.noted, self.seen = url, [], 0
        context = browser.new_context(bypass_csp=is_bare)
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        context.add_init_script("window.xss = () => console.error('it came to life')")
        self.page = context.new_page()
        self.page.on("console", self.hear)
        self.page.on("dialog", lambda dialog: (self.noted.append(f"{self.page.url} asks"), dialog.dismiss()))

    def hear(self, line):
        if "came to life" in line.text or "Content Security Policy" in line.text:
            self.noted.append(f"{self.page.url}: {line.text}")

    def visit(self, path):
        answer = self.page.goto(self.url + path, wait_until="domcontentloaded")
        self.look(path)
        if answer.status >= 500:
            self.noted.append(f"{path} answered {answer.status}")
        self.seen += answer.status == 200

    def look(self, path):
        if self.page.evaluate(ALIVE):
            self.noted.append(f"{path} holds a live trap")

    def read(self, html, name):
        """As a mail program or a saved file would show it."""
        self.page.set_content(html, wait_until="domcontentloaded")
        self.look(name)


def paths(ids):
    for route, rules in access.DASHBOARD.items():
        if "GET" in rules and not route.endswith(NO_PAGES) and "/files/" not in route and "mail" not in route:
            yield address(route, ids)
    batch = f"/batches/{ids['batch_id']}"
    yield f"{batch}/review?page={ids['page_id']}"
    yield f"/projects/{ids['project_id']}/pages?q=onload&dimension=onload"
    yield f"/jump?q=svg&project={ids['project_id']}"
    yield "/you/audit?chain=" + ids["project_id"]
    yield from (f"/outbox/{mail}" for mail in ids["mails"])


def admin_paths():
    for model in admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    batch = Batch.objects.get()
    yield reverse("admin:batches_batch_change", args=[batch.pk])
    yield reverse("admin:accounts_organization_change", args=[batch.organization_id])
    yield reverse("admin:projects_project_change", args=[batch.project_id])
    yield f"/admin/accounts/organization/search/?q={batch.id}"
    yield "/admin/accounts/organization/search/?q=svg"
    yield f"/admin/batches/batch/?q={traps.TRAP[:20]}"


def session_of(user):
    return sign_in(Client(), user).cookies["sessionid"].value


@pytest.fixture
def trapped(live_server, project, alice):
    """The furnished world, and who looks at it: everything from the database is asked before the browser."""
    ids = traps.plant(project, alice)
    sessions = {"owner": session_of(alice)}
    for role in ("admin", "editor", "viewer"):
        user = User.objects.create_user(f"{role}@acme.test", "a-long-password", name=traps.TRAP)
        Membership.objects.create(organization=project.organization, user=user, role=role)
        sessions[role] = session_of(user)
    staff = User.objects.create_superuser("root@nimbus.test", "a-long-password")
    look = reverse("admin:support_look", args=[project.organization_id])
    sign_in(Client(), staff).post(look, {"reason": "Ticket 4711: " + traps.TRAP})
    return sessions | {"staff": session_of(staff)}, list(paths(ids)), list(admin_paths()), traps.files(ids)


@pytest.mark.django_db(transaction=True)
def test_no_text_of_others_comes_to_life_anywhere(trapped, live_server, chromium):
    sessions, pages, office, files = trapped
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        guests = {
            who: Guest(browser, live_server.url, session, is_bare=who in {"owner", "staff"})
            for who, session in sessions.items()
        }
        reader, control = (Guest(browser, live_server.url, "", is_bare=True) for _ in range(2))
        for who, guest in guests.items():
            # The owner sees it all; the policy is asked of the others, on what a role changes most.
            for path in {"owner": pages, "staff": office}.get(who, pages[:12]):
                guest.visit(path)
        for name, html in files.items():
            reader.read(html, name)
        # A page that is not ours tells whether a trap, or a word of the policy, would have been noted.
        control.read(f"<p title='{traps.TRAP}'>", "the control")
        guests["viewer"].page.goto(live_server.url)
        quiet = {who: list(guest.noted) for who, guest in guests.items()}
        guests["viewer"].page.evaluate("document.body.innerHTML = '<p style=color:red>'")
        browser.close()

    assert quiet == {who: [] for who in guests}
    assert reader.noted == []
    assert (guests["owner"].seen, guests["staff"].seen, len(files)) >= (25, 30, 3)
    assert any("came to life" in line for line in control.noted)
    assert "the control holds a live trap" in control.noted
    assert any("Content Security Policy" in line for line in guests["viewer"].noted)
