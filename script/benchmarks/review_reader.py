"""A reader of the review queue with a fixed rule, who acts by keys and clicks on what the screen shows."""

import os
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page, sync_playwright

WORD = re.compile(r"[a-z]+|#", re.IGNORECASE)
NUMBER = re.compile(r"£?\d[\d ]*")
NAME = re.compile(r"(?<=[\w,] )[A-Z]\w*(?: [A-Z]\w*)*")
OWN = re.compile(r"[#@](?: ?[#@])*")


class Reader:
    def __init__(self, base: str, batch: str, session: str) -> None:
        self.base, self.batch, self.session = base, batch, session
        self.presses = 0
        self.known: set[tuple[str, str]] = set()

    def decide(self) -> dict[str, Any]:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([{"name": "sessionid", "value": self.session, "url": self.base}])
            self.page: Page = context.new_page()
            self.open()
            queue = self.page.locator(".queue h2").all_inner_texts()
            self.learn()
            self.reject_list("Held by a check")
            self.read_list("Look closer", self.is_sound)
            self.read_list("Sample", self.is_sound)
            sample = self.page.locator(".pattern--plan b").inner_text()
            before = self.presses
            self.click("All")
            if self.page.locator("button[data-key=A]").count():
                self.press("A")
                # A word on more than two thousand takes some seconds, and the screen says how far it is.
                self.page.locator("[data-at-work]").wait_for(state="detached", timeout=120_000)
            counted = {"key_presses": self.presses, "of_them_for_the_rest": self.presses - before}
            browser.close()
        return counted | {"queue": queue, "sample": sample}

    def open(self) -> None:
        self.page.goto(f"{self.base}/batches/{self.batch}/review")
        self.page.wait_for_selector("[data-item][aria-current]")

    def click(self, name: str) -> bool:
        link = self.page.locator(".queue a", has_text=re.compile(f"^{name}$"))
        if not link.count():
            return False
        self.presses += 1
        link.first.click()
        self.page.wait_for_load_state()
        return True

    def press(self, key: str) -> None:
        self.presses += 1
        if key in ("A", "J", "R"):
            with self.page.expect_navigation():
                self.page.keyboard.press(f"Shift+{key}")
        else:
            self.page.keyboard.press(key)

    def learn(self) -> None:
        """How the alike ones sound: the pairs of words that the groups' lines show."""
        for line in self.page.locator(".queue__pattern").all():
            self.known |= set(pairwise(sound(line.inner_text().replace("\n", " "))))

    def is_sound(self, text: str, path: str) -> bool:
        """Reads like the groups or the text before, and names the place and the brand of its path."""
        location, brand, service = path.strip("/").removesuffix(".html").split("/")
        names = {location: "location", re.sub(r"-\d+$", "", location): "location", brand: "brand"}
        after, before = (swap(part, names, service) for part in text.split("\0"))
        heard = self.known | set(pairwise(sound(before)))
        return all(pair in heard for pair in pairwise(sound(after)))

    def reject_list(self, name: str) -> None:
        """What a check holds keeps its original: that is the rule, so one word will do."""
        if self.click(name):
            self.page.wait_for_selector("[data-item][aria-current]")
            self.press("R")

    def read_list(self, name: str, is_sound: Callable[[str, str], bool]) -> None:
        if not self.click(name):
            return
        self.page.wait_for_selector(".empty, [data-item][aria-current]")
        while self.page.locator("[data-item][aria-current]").count():
            while self.page.locator("[data-item][aria-current]:not([data-decided])").count():
                self.read_one(is_sound)
            if not self.page.locator("[data-next]").count():
                return
            self.press("J")
            self.page.wait_for_selector(".empty, [data-item][aria-current]")

    def read_one(self, is_sound: Callable[[str, str], bool]) -> None:
        item = self.page.locator("[data-item][aria-current]")
        name = item.get_attribute("id")
        before, after = item.locator(".diff dd").all_inner_texts()
        path = item.locator(".change__path").inner_text()
        self.press("a" if is_sound(f"{after}\0{before}", path) else "r")
        self.page.wait_for_selector(f"#{name}[data-decided]")


def sound(text: str) -> list[str]:
    """Words as one hears them: any number is a number, and names that differ by page are names."""
    text = NUMBER.sub("#", NAME.sub("@", text))
    return [word.casefold() for word in WORD.findall(OWN.sub("#", text))]


def swap(text: str, names: dict[str, str], service: str) -> str:
    """The text with the place and the brand of its path, which only with their capitals are names."""
    for value, name in names.items():
        spelled = re.escape(value).replace(r"\-", "[ -]")
        text = re.sub(rf"\b{spelled}\b", lambda m, n=name: n if m[0][0].isupper() else m[0], text, flags=re.I)
    return re.sub(rf"\b{service.replace('-', ' ')}\b", "service", text, flags=re.I)


def chromium() -> str | None:
    return os.environ.get("NIMBUS_CHROMIUM") or shutil.which("chromium") or None
