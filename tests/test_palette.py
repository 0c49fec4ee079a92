"""The command palette: what it finds for whom, and how it is used by the keyboard alone."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from accounts.models import Membership, User
from batches.models import Page
from batches.tests.factories import make_batch
from tests.cast import sign_in
from tests.test_screens_walk import AXE, EVERYTHING

FOUND = re.compile(r"<b>([^<]+)</b>")


@pytest.fixture
def spring(project):
    return make_batch(project, pages=3, status="completed", label="Spring relaunch")


@pytest.fixture
def ask(client, alice):
    client.force_login(alice)

    def ask(q="", by=client, **given):
        return by.get("/jump", {"q": q, **given}, headers={"HX-Request-Type": "partial"}).text

    return ask


@pytest.mark.django_db
def test_names_and_ids_find_their_places(ask, project, spring):
    page = Page.objects.get(path="/p1")

    assert FOUND.findall(ask("relaunch")) == ["Spring relaunch"]
    assert FOUND.findall(ask(spring.id.lower())) == ["Spring relaunch"]
    assert FOUND.findall(ask(project.id)) == ["Site"]
    assert FOUND.findall(ask("/p", project=project.id)) == ["/p0", "/p1", "/p2"]
    assert f"/batches/{spring.id}/pages/{page.id}" in ask(page.id)
    assert FOUND.findall(ask("keys api", project=project.id)) == ["API keys"]


@pytest.mark.django_db
def test_page_is_found_by_words_of_its_path_as_people_write_them(ask, spring):
    Page.objects.filter(path="/p1").update(path="/drain-cleaning/l%C3%BCbeck")

    assert FOUND.findall(ask("drain lübeck"))
    assert FOUND.findall(ask("/drain-cleaning/l%C3%BC"))
    assert not FOUND.findall(ask("drain kiel"))


@pytest.mark.django_db
def test_nothing_typed_shows_the_actions_of_the_place(ask, project, spring):
    assert f"/projects/{project.id}/batches/new" in ask(project=project.id)
    assert f"/projects/{project.id}/batches/new" not in ask()


@pytest.mark.django_db
def test_stranger_finds_nothing_of_another_tenant(ask, charlie, project, spring):
    stranger = sign_in(Client(), charlie)
    page = Page.objects.get(path="/p1")

    for query in (spring.id, "Spring", project.id, project.domain, page.id, "/p1", ""):
        found = ask(query, by=stranger, project=project.id)
        assert not {spring.id, project.id, page.id} & set(re.split(r'[/"?]', found)), query


@pytest.mark.django_db
def test_viewer_is_offered_no_new_batch(ask, project):
    vera = User.objects.create_user("vera@acme.test", "a-long-password")
    Membership.objects.create(organization=project.organization, user=vera, role="viewer")

    found = FOUND.findall(ask(by=sign_in(Client(), vera), project=project.id))
    assert "New batch" not in found
    assert "Review changes" in found


@pytest.mark.django_db
def test_it_is_a_page_without_a_script(client, ask, spring):
    page = client.get("/jump", {"q": "<nowhere>"}).text

    assert "Nothing is called “&lt;nowhere&gt;”" in page
    assert 'role="option"' not in page
    assert 'href="/jump' in page


@pytest.mark.django_db
def test_number_of_questions_stays_the_same(ask, make_project, project, django_assert_max_num_queries):
    for number in range(8):
        make_batch(make_project(name=f"p {number}", domain=f"p{number}.test"), pages=2, label=f"p {number}")

    # Session, user, project, role; projects, batches, newest projects, pages and their runs; organization.
    with django_assert_max_num_queries(10):
        ask("p")
    with django_assert_max_num_queries(10):
        ask("p", project=project.id)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_keyboard_alone_finds_filters_and_goes_back(chromium, product, alice, project):
    batch = make_batch(project, pages=4, status="completed", label="Spring relaunch")
    batch.runs.update(status="done")
    session = sign_in(Client(), alice).cookies["sessionid"].value
    troubles = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(reduced_motion="reduce")
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": product.url}])
        page.on("console", lambda line: line.type in ("error", "warning") and troubles.append(line.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))

        page.goto(f"{product.url}/projects/{project.id}")
        page.focus(".jump")
        page.keyboard.press("Control+k")
        page.wait_for_selector("#palette[open] [role=option][aria-selected=true]")
        page.evaluate(AXE_SCRIPT)
        violations = page.evaluate(AXE, EVERYTHING)
        page.keyboard.press("ArrowUp")
        last = page.get_attribute("#palette [role=combobox]", "aria-activedescendant")
        assert page.locator("#palette [role=option]").last.get_attribute("id") == last
        for _ in range(5):
            page.keyboard.press("Tab")
            assert page.evaluate("!document.hasFocus() || document.activeElement === document.body"
                                 " || palette.contains(document.activeElement)")  # fmt: skip
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.className") == "jump"

        # Faster than any answer: Enter means what was typed.
        page.keyboard.press("Control+k")
        page.keyboard.type("relaunch")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/batches/{batch.id}")

        # The filters of the table of pages follow what is typed, stand in the address, and go back.
        page.goto(f"{product.url}/projects/{project.id}/pages")
        page.keyboard.press("/")
        page.keyboard.type("p2")
        page.wait_for_url("**/pages?q=p2")
        expect(page.locator("#page-rows tbody tr")).to_have_count(1, timeout=20_000)
        page.go_back()
        expect(page.locator("#page-rows tbody tr")).to_have_count(4, timeout=20_000)
        browser.close()

    assert violations == []
    assert troubles == []
