"""Texts that other people wrote are only text: in the dashboard, the admin, mails and exports.

One owner and one of the staff go without the content security policy, so that a trap that came to life would
be seen to; with it, the pages are quiet for every role. Each role takes its share of the pages;
NIMBUS_WALK=whole sends every role everywhere.
"""

import os

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
IS_WHOLE = os.environ.get("NIMBUS_WALK") == "whole"
ROLES = ("owner", "admin", "editor", "viewer")
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
    for role in ROLES[1:]:
        user = User.objects.create_user(f"{role}@acme.test", "a-long-password", name=traps.TRAP)
        Membership.objects.create(organization=project.organization, user=user, role=role)
        sessions[role] = session_of(user)
    staff = User.objects.create_superuser("root@nimbus.test", "a-long-password")
    look = reverse("admin:support_look", args=[project.organization_id])
    sign_in(Client(), staff).post(look, {"reason": "Ticket 4711: " + traps.TRAP})
    return sessions | {"staff": session_of(staff)}, list(paths(ids)), list(admin_paths()), traps.files(ids)


def walks(pages, office):
    """Who goes where: without the policy everywhere, with it each role on its share."""
    yield "owner", True, pages
    yield "staff", True, office
    for number, role in enumerate(ROLES):
        yield role, False, pages if IS_WHOLE else pages[number :: len(ROLES)]
    yield "staff", False, office if IS_WHOLE else office[:: len(ROLES)]


@pytest.mark.django_db(transaction=True)
def test_no_text_of_others_comes_to_life_anywhere(trapped, live_server, chromium):
    sessions, pages, office, files = trapped
    noted, seen = {}, {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        reader, control, judge = (
            Guest(browser, live_server.url, "", is_bare=bare) for bare in (True, True, False)
        )
        for who, is_bare, way in walks(pages, office):
            guest = Guest(browser, live_server.url, sessions[who], is_bare=is_bare)
            for path in way:
                guest.visit(path)
            noted[who, is_bare], seen[who, is_bare] = guest.noted, guest.seen
        for name, html in files.items():
            reader.read(html, name)
        # A page that is not ours tells whether a trap, or a word of the policy, would have been noted.
        control.read(f"<p title='{traps.TRAP}'>", "the control")
        judge.page.goto(live_server.url + "/account/login/")
        judge.page.evaluate("document.body.innerHTML = '<p style=color:red>'")
        browser.close()

    assert {who: lines for who, lines in noted.items() if lines} == {}
    assert reader.noted == []
    assert min(seen.values()) > 5
    assert (seen["owner", True], seen["staff", True], len(files)) >= (25, 30, 3)
    assert any("came to life" in line for line in control.noted)
    assert "the control holds a live trap" in control.noted
    assert any("Content Security Policy" in line for line in judge.noted)
