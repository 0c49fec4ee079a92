"""Every payload in every place a text can be written to, opened in headless Chromium behind a trap.

A mark is anything that a payload brought into being: a call of the trap, a request, an element, an
attribute, a script, a dialog, or a template mark. Besides, the browser must read the very text written.
"""

import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from optimizer.html import Page, apply
from optimizer.html.chars import collapse, escape
from script.benchmarks.html_payloads import METAS, payloads, template
from script.benchmarks.html_worker import offered

ENGINE = Path(__file__).resolve().parents[2] / "tests" / "html_engine.mjs"
HEAD = ("title", "metaDescription", "og:title", "twitter:description")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]  # fmt: skip
TEMPLATE_MARK = re.compile(r"\{\{|\{%|\{#|\$\{|#\{|<%|\[\[|<\?|<!--#|<esi:|<#")
# The texts of a block between its tags.
TEXTS = re.compile(r"[^<>]+(?=<|$)")
SETUP = "window.hits = []; window.trap = () => { window.hits.push('called'); };"
# What the tree holds besides the texts that are written to.
READ = """() => {
    const TEXTS = ['alt', 'title', 'aria-label', 'placeholder', 'value', 'content'];
    const shape = value => value && typeof value === 'object'
        ? (Array.isArray(value) ? value.map(shape)
            : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shape(each)])))
        : typeof value;
    const lines = [], texts = [];
    const walk = node => {
        for (const child of node.childNodes) {
            if (child.nodeType === 3) {
                const code = ['script', 'style'].includes(node.localName);
                if (code && node.type !== 'application/ld+json') lines.push('code ' + child.data);
                else if (!code) texts.push(child.data);
                continue;
            }
            if (child.nodeType !== 1) { lines.push(child.nodeType + ' ' + child.nodeValue); continue; }
            const values = [...child.attributes].map(({name, value}) => {
                if (!TEXTS.includes(name)) return name + '=' + value;
                texts.push(value);
                return name;
            });
            lines.push(child.namespaceURI + child.localName + ' ' + values.sort());
            if (child.type === 'application/ld+json') {
                const value = JSON.parse(child.textContent);
                lines.push(JSON.stringify(shape(value)));
                texts.push(...Object.values(value).filter(each => typeof each === 'string'));
            }
            walk(child);
            lines.push('end');
        }
    };
    walk(document);
    const plain = text => text.replace(/[\\t\\n\\f\\r ]+/g, ' ').replace(/^ | $/g, '');
    return {lines, texts: texts.map(plain), hits: window.hits};
}"""


@dataclass(frozen=True)
class Case:
    """One payload written into every place of one page."""

    name: str
    payload: str
    codec: str
    page: Page
    changes: dict[str, str]
    head: dict[str, str]


def changes(page: Page, text: str) -> dict[str, str]:
    """The text in place of every text of every block, tags kept."""
    return {block.id: TEXTS.sub(lambda _: text, block.content) for block in offered(page)}


def cases(every: int = 1) -> Iterator[Case]:
    """Each payload twice: as plain text, which must come out as it is, and as if it were markup."""
    pages = {codec: template(codec) for codec in METAS}
    names = list(pages)
    for number, payload in islice(enumerate(payloads()), 0, None, every):
        codec = names[number // every % len(names)]
        page = Page(pages[codec])
        head = dict.fromkeys(HEAD, payload)
        yield Case(f"{number} text", payload, codec, page, changes(page, escape(payload)), head)
        yield Case(f"{number} markup", payload, codec, page, changes(page, payload), {})


def javascript(cases: Sequence[Case]) -> list[bytes]:
    """What the JavaScript engine writes."""
    lines = [
        json.dumps({
            "input": base64.b64encode(case.page.source.data).decode(), "encoding": None,
            "changes": case.changes, "head": case.head,
        })
        for case in cases
    ]  # fmt: skip
    command = ("node", str(ENGINE))
    done = subprocess.run(
        command, input="\n".join(lines), capture_output=True, encoding="utf-8", check=True, timeout=300
    )
    return [base64.b64decode(json.loads(line)["output"]) for line in done.stdout.splitlines()]


def written(case: Case, report: dict[str, str]) -> int:
    """How many texts of the page must now be the payload."""
    blocks = {block.id: block.content for block in offered(case.page)}
    applied = [name for name, status in report.items() if status == "applied"]
    return sum(len(TEXTS.findall(blocks[name])) if name in blocks else 1 for name in applied)


class Trap:
    """One tab that counts what a page does besides being read."""

    def __init__(self, tab: Any, folder: Path) -> None:
        self.tab = tab
        self.path = folder / "page.html"
        self.doings: list[str] = []
        tab.add_init_script(SETUP)
        tab.on("dialog", lambda dialog: (self.doings.append("dialog"), dialog.dismiss()))
        tab.on("request", self._note)

    def _note(self, request: Any) -> None:
        if request.url != self.path.as_uri():
            self.doings.append(request.url)

    def read(self, data: bytes) -> dict[str, Any]:
        self.path.write_bytes(data)
        self.doings.clear()
        self.tab.goto(self.path.as_uri())
        found: dict[str, Any] = self.tab.evaluate(READ)
        found["hits"] += self.doings
        return found


def judge(trap: Trap, case: Case, output: bytes, expected: int, plain: dict[str, Any]) -> list[str]:
    """What is wrong with one output; `plain` is what the browser reads from the page before."""
    codec = case.codec
    marks = [len(TEMPLATE_MARK.findall(data.decode(codec))) for data in (case.page.source.data, output)]
    wrong = ["template mark"] if marks[1] > marks[0] else []
    try:
        found = trap.read(output)
    except Exception as error:
        return [*wrong, f"unreadable: {str(error)[:200]}"]
    wrong += found["hits"]
    if found["lines"] != plain["lines"]:
        wrong.append("another tree")
    read = collapse(case.payload).strip(" ")
    if case.name.endswith("text") and found["texts"].count(read) != expected + plain["texts"].count(read):
        wrong.append(f"read {found['texts'].count(read)} times, not {expected}")
    return wrong


def find_browser() -> str:
    names = (os.environ.get("NIMBUS_CHROMIUM", ""), *BROWSERS)
    return next(filter(None, map(shutil.which, filter(None, names))))


@contextlib.contextmanager
def opened(folder: Path, browser: str) -> Iterator[Trap]:
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=browser, args=ARGUMENTS)
        yield Trap(running.new_page(), folder)
        running.close()


def judge_all(trap: Trap, made: Sequence[Case], theirs: Sequence[bytes]) -> tuple[Counter[str], list[str]]:
    """What was written by Python, and what is wrong with it or with the bytes of the other language."""
    plain = {codec: trap.read(template(codec)) for codec in METAS}
    counts, wrong = Counter[str](), []
    for case, other in zip(made, theirs, strict=True):
        ours, report = apply(case.page.source.data, case.changes, case.head)
        counts.update(status.partition(":")[0] for status in report.values())
        for output in {ours, other} - {case.page.source.data}:
            counts["opened"] += 1
            found = judge(trap, case, output, written(case, report), plain[case.codec])
            wrong += [f"{case.name} {case.payload[:60]!r}: {what}" for what in found]
    return counts, wrong


def figures(folder: Path, browser: str, every: int = 1) -> dict[str, Any]:
    made = list(cases(every))
    with opened(folder, browser) as trap:
        counts, wrong = judge_all(trap, made, javascript(made))
    for line in wrong[:20]:
        print(line)
    return {
        "payloads": len(made) // 2,
        "payload_contexts": len(made[0].changes) + len(HEAD),
        "payload_pages_opened": counts["opened"],
        "payload_texts_written": counts["applied"],
        "payload_texts_refused": counts["rejected"],
        "hostile_marks": len(wrong),
    }
