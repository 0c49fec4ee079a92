"""The dashboard in a real browser: a ZIP in, live progress, the keyboard, a ZIP out, a quiet console."""

import io
import zipfile

import pytest
from playwright.sync_api import sync_playwright

from accounts import organizations
from accounts.models import User
from projects.models import Project

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
def project(transactional_db):
    alice = User.objects.create_user("alice@acme.test", PASSWORD, name="Alice")
    acme = organizations.create("Acme", alice)
    return Project.objects.create(organization=acme, creator=alice, name="Boilers", domain="boilers.test")


@pytest.fixture
def site():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for place in ("kiel", "rostock"):
            archive.writestr(f"{place}/index.html", HTML.format(place=place.title()))
        archive.writestr("logo.svg", "<svg/>")
    return {"name": "site.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}


def test_zip_comes_back_with_what_was_approved(project, site, product, page, tmp_path):
    troubles = []
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))

    page.goto(f"{product.url}/account/login/")
    page.fill("[name=login]", "alice@acme.test")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.goto(f"{product.url}/projects/{project.id}/batches/new")
    page.set_input_files("input[type=file]", site)
    page.click("text=Upload and start")
    # No reload here: the stream itself brings the end.
    page.wait_for_selector(".pill >> text=Completed", timeout=60_000)
    batch = page.url

    page.click("text=/Review \\d+ change/")
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
    assert troubles == []
