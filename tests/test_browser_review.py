"""The review in a real browser: by keyboard alone, many at once with exceptions, and two people at it."""

import pytest
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from accounts import organizations
from accounts.models import Membership, User
from batches.models import Suggestion
from batches.tests.factories import make_batch
from projects.models import Project
from tests.cast import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALIKE = 4


@pytest.fixture
def batch(transactional_db):
    """Four alike titles, one that stands alone, and one that a check holds."""
    alice = User.objects.create_user("alice@acme.test", "a-long-password", name="Alice")
    bob = User.objects.create_user("bob@acme.test", "a-long-password", name="Bob")
    acme = organizations.create("Acme", alice)
    Membership.objects.create(organization=acme, user=bob, role="editor")
    project = Project.objects.create(organization=acme, creator=alice, name="Site", domain="acme.test")
    batch = make_batch(project, pages=6, status="processing")
    batch.runs.update(status="done", changes=1)
    for number, run in enumerate(batch.runs.order_by("id")):
        level = "hold" if number == 5 else "pass"
        Suggestion.objects.create(
            id=f"sug_{number:016d}", organization_id=batch.organization_id, batch=batch, run=run,
            page=run.page, target="title", kind="head", original="Old title", original_hash="0" * 64,
            text="Plumber in Leeds, day and night", level=level, confidence=0.5 if level == "hold" else 1.0,
            pattern=("a" if number < ALIKE else "b") * 16,
            verdicts=[{"check": "facts", "level": level, "message": "“25 years” is not on the page."}],
        )  # fmt: skip
    return batch


@pytest.fixture
def open_as(product, batch, chromium):
    """`open_as("alice", "?list=all")` is that person's own window on the review."""
    sessions = {
        user.email.partition("@")[0]: sign_in(Client(), user).cookies["sessionid"].value
        for user in User.objects.all()
    }
    troubles = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def open_(name, query=""):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([{"name": "sessionid", "value": sessions[name], "url": product.url}])
            page = context.new_page()
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.goto(f"{product.url}/batches/{batch.id}/review{query}")
            page.wait_for_selector("[data-item][aria-current]")
            return page

        yield open_
        browser.close()
    assert troubles == []


def chosen(page):
    return page.locator("[data-item][aria-current]").get_attribute("id")


def change(number):
    return f"change-sug_{number:016d}"


def test_keyboard_alone_reads_decides_edits_filters_and_takes_back(open_as):
    page = open_as("alice")
    decided = page.locator("#decided")
    # The held one comes first.
    assert chosen(page) == change(5)
    page.keyboard.press("r")
    expect(decided).to_have_text("1 of 6 decided")
    page.keyboard.press("u")
    expect(decided).to_have_text("0 of 6 decided")

    page.keyboard.press("Shift+J")
    page.wait_for_selector(f"#{change(4)}[aria-current]")
    page.keyboard.press("e")
    page.keyboard.press("Control+A")
    page.keyboard.type("Plumber in Leeds <b>now</b>")
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#{change(4)} [role=alert]")).to_be_visible()
    page.keyboard.press("Control+A")
    page.keyboard.type("Plumber in Leeds by day and by night")
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#{change(4)}[data-decided]")).to_contain_text("by day and by night")

    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.type("/p2")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=%2Fp2**")
    assert chosen(page) == change(2)


def test_alike_ones_are_approved_at_once_but_for_exceptions_and_taken_back(open_as):
    page = open_as("alice", f"?alike={'a' * 16}")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    assert chosen(page) == change(1)
    page.keyboard.press("x")
    page.keyboard.press("Shift+A")

    expect(page.locator(".toast")).to_contain_text("Approved 3 changes. 1 held out.")
    expect(page.locator("#decided")).to_have_text("3 of 6 decided")
    # Keys are heard once the new page has chosen its first change.
    page.wait_for_selector("[data-item][aria-current]")
    page.keyboard.press("u")
    expect(page.locator(".toast")).to_contain_text("3 changes wait again.")
    expect(page.locator("#decided")).to_have_text("0 of 6 decided")


def test_same_edit_reaches_alike_ones_after_a_look(open_as):
    page = open_as("alice", f"?alike={'a' * 16}")
    page.keyboard.press("e")
    page.keyboard.press("Control+A")
    page.keyboard.type("Plumber in Leeds by day and night")
    page.keyboard.press("Control+Enter")
    page.click("text=Same edit on 3 alike")
    expect(page.locator("article.change")).to_have_count(3)
    page.click("text=Edit 3 changes")

    expect(page.locator(".toast")).to_contain_text("Edited 3 alike changes.")
    expect(page.locator("#decided")).to_have_text("4 of 6 decided")


def test_two_people_do_not_overwrite_each_other(open_as):
    page, other = open_as("alice", "?list=all"), open_as("bob", "?list=all")
    # Both look at the held one; the first word counts, also where the news of it has not arrived yet.
    page.route("**/here?*", lambda route: route.abort())
    other.keyboard.press("r")
    expect(other.locator(f"#{change(5)}[data-decided]")).to_be_visible()
    page.keyboard.press("r")

    told = page.locator(f"#{change(5)}")
    expect(told).to_contain_text("Bob rejected this change meanwhile. Nothing was overwritten.")
    expect(told).to_contain_text("by Bob")
    # A key does not take back what another decided.
    assert told.locator("[data-act=undo]").count() == 0

    page.unroute("**/here?*")
    page.reload()
    expect(page.locator("#here")).to_contain_text("Bob is on a list")


def test_decision_is_rolled_back_on_its_page(open_as):
    page = open_as("alice", "?list=all")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#decided")).to_have_text("1 of 6 decided")
    page.click(f"#{change(0)} .change__path")
    page.click(".desk__title a")
    page.click(f"#{change(0)} [data-act=undo]")

    expect(page.locator(f"#{change(0)} [data-act=approve]")).to_be_visible()
