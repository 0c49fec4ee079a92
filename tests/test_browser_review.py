"""The review in a real browser: by keyboard, many at once with exceptions, two people, and no scripts."""

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

        def open_(name, query="", *, scripts=True):
            context = browser.new_context(
                viewport={"width": 1440, "height": 900}, java_script_enabled=scripts
            )
            context.add_cookies([{"name": "sessionid", "value": sessions[name], "url": product.url}])
            page = context.new_page()
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.goto(f"{product.url}/batches/{batch.id}/review{query}")
            page.wait_for_selector("[data-item][aria-current]" if scripts else "[data-item]")
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
    # The count comes before the change itself, and keys are heard once it is there.
    page.wait_for_selector(f"#{change(5)}[aria-current]:not([data-decided])")
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")

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
    # Single keys can be turned off, and stay so.
    page.uncheck("[data-keys-switch]")
    page.reload()
    page.wait_for_selector("[data-item][aria-current]")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.click("[data-open=shortcuts]:visible")
    page.check("[data-keys-switch]")
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
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    page.keyboard.press("Shift+A")

    expect(page.locator(".toast")).to_contain_text("Approved 2 changes. 2 held out.")
    expect(page.locator("#decided")).to_have_text("2 of 6 decided")
    # Keys are heard once the new page has chosen its first change.
    page.wait_for_selector("[data-item][aria-current]")
    page.keyboard.press("u")
    expect(page.locator(".toast")).to_contain_text("2 changes wait again.")
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


def test_decision_page_and_batch_are_rolled_back_and_restored(open_as, batch):
    page = open_as("alice", "?list=all")
    decided, first = page.locator("#decided"), page.locator(f"#{change(0)}")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(decided).to_have_text("1 of 6 decided")
    # The next undecided one is chosen.
    expect(page.locator(f"#{change(1)}[aria-current]")).to_be_visible()
    page.click(f"#{change(0)} .change__path")
    page.click(".desk__title a")
    page.wait_for_url("**/pages/*")
    page.click(f"#{change(0)} [data-act=undo]")
    expect(first.locator("[data-act=approve]")).to_be_visible()

    first.locator("[data-act=approve]").click()
    expect(page.locator(f"#{change(0)}[data-decided]")).to_be_visible()
    page.reload()
    page.click("text=Roll back")
    expect(page.locator(".toast")).to_contain_text("Rolled back 1 change.")
    page.click(".toast button")
    expect(page.locator(".toast")).to_contain_text("1 change is as before.")
    page.click("text=Versions")
    expect(page.locator(".text--current")).to_contain_text("Approved by Alice")

    of_page = page.url.removesuffix("/versions")
    page.goto(page.url.partition("/pages")[0] + "/review")
    expect(decided).to_have_text("1 of 6 decided")
    page.click(".queue__acts >> text=Roll back")
    expect(decided).to_have_text("0 of 6 decided")
    page.goto(of_page)
    log = page.locator(".log").first
    expect(log.locator("text=suggestion.approved by Alice")).to_have_count(3)
    expect(log.locator("text=suggestion.reopened by Alice")).to_have_count(3)


@pytest.fixture
def block(batch):
    """A heading of the fifth page, behind its title."""
    run = batch.runs.order_by("id")[4]
    return Suggestion.objects.create(
        id="sug_block00000000000", organization_id=batch.organization_id, batch=batch, run=run, page=run.page,
        target="b-1", kind="block", block_type="h1", original="Plumber in Leeds", original_hash="0" * 64,
        text="A plumber in Leeds", verdicts=[], confidence=1.0, position=1,
    )  # fmt: skip


def test_preview_shows_the_very_text_and_follows_what_is_typed(block, open_as):
    page = open_as("alice", f"?page={block.page_id}")
    look = page.locator("#look")
    after = page.frame_locator("#look .look__after iframe")
    expect(after.locator(":target")).to_have_count(0)
    page.keyboard.press("j")
    expect(after.locator("h1:target")).to_have_text("A plumber in Leeds")

    page.keyboard.press("b")
    before = page.frame_locator("#look .look__before iframe")
    expect(before.locator("h1:target")).to_have_text("Plumber in Leeds")
    page.keyboard.press("b")
    page.keyboard.press("p")
    expect(look).to_be_hidden()
    page.keyboard.press("p")
    expect(look).to_be_visible()

    page.keyboard.press("k")
    page.keyboard.press("e")
    page.keyboard.press("Control+A")
    page.keyboard.type("Plumber in Leeds since 1871")
    expect(look.locator(".look__after .serp__title")).to_have_text("Plumber in Leeds since 1871")
    said = page.locator(f"#{change(4)} .said")
    expect(said).to_contain_text("1871")
    expect(said).to_contain_text("goes live on your word")
    bars = page.locator(
        f"#{change(4)} .gauge [data-px], #look .look__after .gauge [data-px]"
    ).all_inner_texts()
    assert bars[0] == bars[1] != "0"
    page.keyboard.press("Escape")
    expect(look.locator(".look__after .serp__title")).to_have_text("Plumber in Leeds, day and night")


def test_review_is_read_and_decided_without_scripts(open_as):
    page = open_as("alice", "?list=all", scripts=False)
    page.click(f"#{change(0)} .change__path")
    first = page.locator(f"#{change(0)}")
    first.locator("text=Edit").click()
    page.fill(f"#{change(0)} textarea", "Plumber in Leeds by day and by night")
    page.click("text=Save and approve")
    expect(first).to_contain_text("by day and by night")
    expect(first).to_contain_text("Approved")
    first.locator("text=Undo").click()
    first.locator("text=Reject").click()
    expect(page.locator("#decided")).to_have_text("1 of 6 decided")
    page.click("text=Filter")
    page.fill("#f-q", "/p2")
    page.click("text=Show")
    expect(page.locator(".desk__title")).to_have_text("/p2")
