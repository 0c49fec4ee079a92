"""The first run in a real browser: a project, a ZIP in, live progress, a ZIP out, a key that connects."""

import io
import json
import re
import urllib.request
import zipfile

import pytest
from playwright.sync_api import expect, sync_playwright

from accounts import organizations
from accounts.models import User
from optimizer.html import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-password"
HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Welcome</title>
<meta name="description" content="Hi."></head><body><main><h1>Boiler repair in {place}</h1>
<p>We repair boilers and heating in {place} every day of the week, with our own engineers and parts.</p>
</main></body></html>"""


@pytest.fixture
def page(chromium):
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page(accept_downloads=True)
        browser.close()


@pytest.fixture
def alice(transactional_db):
    """Somebody with an organization and nothing in it."""
    alice = User.objects.create_user("alice@acme.test", PASSWORD, name="Alice")
    organizations.create("Acme", alice)


@pytest.fixture
def site():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for place in ("kiel", "rostock"):
            archive.writestr(f"{place}/index.html", HTML.format(place=place.title()))
        archive.writestr("logo.svg", "<svg/>")
    return {"name": "site.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}


def test_first_run_goes_from_sign_in_over_a_zip_to_approved_text(alice, site, product, page, tmp_path):
    troubles = []
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))

    page.goto(f"{product.url}/account/login/")
    page.fill("[name=login]", "alice@acme.test")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.click("text=Create project")
    page.fill("[name=name]", "Boilers")
    page.fill("[name=domain]", "https://boilers.test/")
    page.click("main button[type=submit]")
    project = page.url
    # The second of the three steps is there, on the first page as on the project's.
    page.goto(product.url)
    page.set_input_files("input[type=file]", site)
    page.click("text=Upload and start")
    # No reload here: the stream itself brings the end.
    page.wait_for_selector(".pill >> text=Completed", timeout=60_000)
    batch = page.url
    read_on_a_phone_in_the_dark(page)

    page.click(r"text=/Review \d+ change/")
    page.wait_for_selector("[data-item][aria-current]")
    page.keyboard.press("a")
    page.wait_for_selector("[data-item][data-decided]")
    page.goto(batch)
    with page.expect_download() as download:
        page.click("text=Download ZIP")
    download.value.save_as(tmp_path / "out.zip")

    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        pages = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".html")]
        assert archive.read("logo.svg") == b"<svg/>"
    originals = [HTML.format(place=place) for place in ("Kiel", "Rostock")]
    assert sum(text not in originals for text in pages) == 1
    see_a_build_connect(page, project)
    narrow_the_pages_and_come_back(page, project)
    assert troubles == []


def read_on_a_phone_in_the_dark(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".tabbar")).to_be_visible()
    expect(page.locator(".sidebar")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    ground = page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
    assert float(re.search(r"oklch\(([\d.]+)", ground)[1]) < 0.3
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 720})


def see_a_build_connect(page, project):
    """A fresh key, and the line that says so as soon as a build has sent pages with it."""
    page.goto(f"{project}/batches/new")
    page.click("text=Make a fresh key")
    secret = page.inner_text("#secret")
    expect(page.locator("#connection")).to_contain_text("Waiting for the first upload")
    url, _, project_id = project.partition("/projects/")

    def call(path, body, kind):
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": kind}
        request = urllib.request.Request(f"{url}/api/v1/{path}", body, headers)
        return json.load(urllib.request.urlopen(request))

    made = call(f"projects/{project_id}/batches", b"{}", "application/json")
    line = {"page_url": "/", "source_path": "index.html", "extraction": Page(HTML.encode()).extraction()}
    call(f"batches/{made['batch_id']}/pages", json.dumps(line).encode(), "application/x-ndjson")
    # Nobody reloads: the page asks by itself.
    expect(page.locator("#connection")).to_contain_text("Connected. 1 page arrived")


def narrow_the_pages_and_come_back(page, project):
    """A filter is in the address, the browser's way back undoes it, and one with a name is brought back."""
    page.goto(f"{project}/pages")
    rows = page.locator("#page-rows tbody tr")
    expect(rows).to_have_count(3)
    page.fill("[name=q]", "kiel")
    expect(rows).to_have_count(1)
    page.wait_for_url("**/pages?q=kiel")
    page.go_back()
    expect(rows).to_have_count(3)
    page.go_forward()
    expect(page.locator("[name=q]")).to_have_value("kiel")

    page.click("text=Save view")
    page.fill("#view-name", "Kiel alone")
    page.keyboard.press("Enter")
    page.click("text=Remove view")
    expect(page.locator(".toast")).to_contain_text("Removed “Kiel alone”.")
    page.click(".toast >> text=Undo")
    expect(page.locator(".views")).to_contain_text("Kiel alone")
