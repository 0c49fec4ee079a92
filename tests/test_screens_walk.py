"""A walk over every screen, wide and narrow, light and dark: readable for all, quiet, and nothing sticks out.

`./script/screenshots` runs this walk and keeps a picture of each look.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import sync_playwright

from tests import screen_world, screens

pytestmark = pytest.mark.browser
WIDE, NARROW = {"width": 1440, "height": 960}, {"width": 390, "height": 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"type": "tag", "values": RULES}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Every rule once on each width; what depends on colours alone in the other theme, too.
LOOKS = ((WIDE, "light", EVERYTHING), (WIDE, "dark", COLOURS), (NARROW, "dark", EVERYTHING))
# Read once more by a browser that runs no script: it may miss nothing that matters.
PLAIN = (
    "home", "project", "pages", "batch-new", "batch-live", "batch-final", "batch-report", "page", "review",
    "audit", "usage",
)  # fmt: skip
# The best four are in the README, each in the theme that suits it.
README = {"batch-live": "light", "review": "light", "home": "light", "batch-report": "dark"}
ONLY_A_PICTURE = (NARROW, "light", None)
AXE = """async rules => {
  const options = {runOnly: rules, resultTypes: ["violations"], iframes: false, preload: false};
  // Rows and entries of a list are alike: the first few speak for all.
  const exclude = [["iframe"], [".table tbody tr:nth-child(n+9)"], [".queue__item:nth-of-type(n+9)"]];
  // A link that is scrolled half beneath the queue's head would count as too small.
  const queue = document.querySelector(".queue") ?? {}, place = queue.scrollTop;
  queue.scrollTop = 0;
  const found = await axe.run({exclude}, options);
  queue.scrollTop = place;
  return found.violations.map(v => `${v.id}: ${v.nodes.slice(0, 4).map(n => n.target).join(" | ")}`);
}"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Walk:
    """One browser that notes whatever is wrong on the screens it is led to."""

    def __init__(self, browser, url, sessions, pictures):
        self.url, self.pictures, self.troubles, self.at = url, pictures, [], ""
        self.pages = {who: self.open(browser, session) for who, session in sessions.items()}
        self.plain = self.open(browser, sessions.get(screen_world.DEMO), java_script_enabled=False)

    def open(self, browser, session, **options):
        context = browser.new_context(viewport=WIDE, reduced_motion="reduce", locale="en-GB", **options)
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": self.url}])
        page = context.new_page()
        page.on(
            "console", lambda line: line.type in ("error", "warning") and self.note(f"console: {line.text}")
        )
        page.on("pageerror", lambda error: self.note(f"script: {error}"))
        page.on("request", self.check_host)
        return page

    def note(self, text):
        self.troubles.append(f"{self.at}: {text}")

    def check_host(self, request):
        if urlsplit(request.url).netloc not in {urlsplit(self.url).netloc, ""}:
            self.note(f"asked {request.url}")

    def visit(self, screen):
        self.at, page = screen.name, self.pages[screen.who]
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if screen.body:
            page.route(
                self.url + screen.path,
                lambda route: route.fulfill(body=screen.body, content_type="text/html"),
            )
        answer = page.goto(self.url + screen.path)
        if answer.status != 200:
            self.note(f"answered {answer.status}")
        for selector, text in screen.fills.items():
            page.fill(selector, text)
        for selector in screen.presses:
            page.click(selector)
            page.wait_for_load_state()
        if screen.name in PLAIN:
            self.read_plainly(screen, len(page.inner_text("main")))
        page.evaluate(AXE_SCRIPT)
        for size, theme, rules in (*LOOKS, ONLY_A_PICTURE) if self.pictures else LOOKS:
            self.at = f"{screen.name} {size['width']} {theme}"
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            self.look(page, screen, rules)

        if self.pictures and screen.name in README:
            page.set_viewport_size({"width": 1344, "height": 820})
            page.emulate_media(color_scheme=README[screen.name], reduced_motion="reduce")
            page.wait_for_timeout(500)
            page.screenshot(path=self.pictures / f"readme-{screen.name}.png")

    def read_plainly(self, screen, length):
        """Times are longer without a script, and what scripts add is shorter than a tenth."""
        self.plain.goto(self.url + screen.path)
        if len(self.plain.inner_text("main")) < 0.9 * length:
            self.note("says less without JavaScript")
        if screen.name == "pages":
            self.plain.select_option("[name=status]", "failed")
            self.plain.click("form.filters button[type=submit]")
            if "status=failed" not in self.plain.url:
                self.note("filters nothing without JavaScript")

    def look(self, page, screen, rules):
        if screen.is_ours and rules:
            for violation in page.evaluate(AXE, rules):
                self.note(violation)
            if page.evaluate(WIDER) > 0:
                self.note("is wider than the window")
        if self.pictures:
            page.wait_for_timeout(150)
            page.screenshot(path=self.pictures / f"{self.at.replace(' ', '-')}.png", full_page=True)


BROKEN = """<!doctype html><html lang="en"><title>Broken</title><main><h1>Broken</h1>
<p style="background:#fff;color:#ddd">Too pale to read</p><div style="width:3000px">Too wide</div>
<img src="http://127.0.0.2:9/elsewhere.png" alt=""><script>console.error("loud")</script></main>"""


def test_walk_notes_what_is_wrong(chromium):
    screen = screens.Screen("broken", "/broken", screen_world.NOBODY, body=BROKEN)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        walk = Walk(browser, "http://127.0.0.1:9", {screen_world.NOBODY: ""}, None)
        walk.visit(screen)
        browser.close()

    noted = "\n".join(walk.troubles)
    assert "broken 1440 light: color-contrast: p" in noted
    assert "broken 390 dark: is wider than the window" in noted
    assert "broken: asked http://127.0.0.2:9/elsewhere.png" in noted
    assert "broken: console: loud" in noted


@pytest.mark.django_db(transaction=True)
def test_every_screen_is_readable_quiet_and_fits(product, chromium):
    pictures = os.environ.get("NIMBUS_SCREENSHOTS", "")
    wanted = os.environ.get("NIMBUS_SCREENS", "").split()
    all_screens = screens.build(product)
    sessions = {who: screen_world.session(who) for who in {screen.who for screen in all_screens}}
    # The database is out of reach from here on: Playwright keeps an event loop in this thread.
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        walk = Walk(browser, product.url, sessions, Path(pictures) if pictures else None)
        for screen in all_screens:
            if not wanted or screen.name in wanted:
                walk.visit(screen)
        browser.close()

    assert walk.troubles == [], "\n".join(walk.troubles)
