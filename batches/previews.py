"""What the sandboxed frame shows: the page as it was built, else a neutral rendering of its texts."""

import html
import logging
import re
from collections.abc import Sequence

from batches import marking
from batches.models import PageRun
from batches.reviewing import Change
from nimbus import artifacts
from nimbus.errors import NimbusError
from optimizer.html import Page, Refuse, apply
from optimizer.html.jsonld import TYPE as JSON_LD

logger = logging.getLogger(__name__)

# The frame's policy blocks scripts and requests anyway; left out, they also leave the console quiet.
ACTIVE = re.compile(
    r"<script\b.*?</script\s*>|<script\b[^>]*>|<link\b[^>]*>|<iframe\b.*?</iframe\s*>|<base\b[^>]*>"
    r"|<meta\b[^>]*http-equiv[^>]*>|\son[a-z]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)",
    re.IGNORECASE | re.DOTALL,
)
REMOTE = re.compile(
    r"\s(?:src|srcset|poster|data|background)\s*=\s*(?:\"(?!data:)[^\"]*\"|'(?!data:)[^']*'|(?![\"'])[^\s>]+)",
    re.IGNORECASE,
)
TAG = re.compile(r"</?[a-z]*\d+/?>")
LIST_LIKE = {"li", "dt", "dd", "option"}
STYLE = (
    "body{font:16px/1.55 Georgia,serif;margin:1.25rem;color:#26282c;background:#fffefb}"
    "h1{font-size:1.5rem;line-height:1.2}h2{font-size:1.2rem}h3{font-size:1.05rem}"
    "p,h1,h2,h3,h4{margin:0 0 .7rem}mark{background:#dcebff;color:inherit;border-radius:.15rem}"
    + marking.STYLE
)


# The page's own style sheets are left out with every other request: this stands in, weaker than any rule.
FALLBACK = (
    "<style>:where(html){background:#fff;color:#26282c;font:16px/1.55 system-ui,sans-serif}"
    ":where(body){margin:1.25rem}:where(h1){font-size:1.5rem;line-height:1.2}:where(h2){font-size:1.2rem}"
    ":where(h3){font-size:1.05rem}:where(a){color:#2f5ecb}:where(img,svg,video){max-width:100%}"
    f":where(img:not([src]),video,audio,object,embed){{display:none}}{marking.STYLE}</style>"
)
HEAD = re.compile(r"<head\b[^>]*>|\A\s*<!doctype[^>]*>", re.IGNORECASE)


def html_of(run: PageRun, changes: Sequence[Change]) -> str:
    """The page with these changes; with none it is the page as it was built."""
    source = source_of(run)
    return styled(without_actions(improved(source, changes))) if source else neutral(run, changes)


def styled(source: str) -> str:
    """After the head's start, or after the doctype, so that the browser stays out of quirks mode."""
    found = [match.end() for match in HEAD.finditer(source[:100_000])]
    at = found[-1] if found else 0
    return source[:at] + FALLBACK + source[at:]


def improved(source: bytes, changes: Sequence[Change]) -> str:
    """The page with the proposed and approved texts in place; where that fails, as it was built."""
    wanted = [c.suggestion for c in changes if c.is_approvable and c.suggestion.review != "rejected"]
    blocks = {s.target: s.approved_text for s in wanted if s.kind == "block"}
    head = {s.target: s.approved_text for s in wanted if s.kind == "head"}
    try:
        page = Page(source)
        out, _ = apply(page, blocks, head)
        return marking.named(Page(out, page.source.encoding), [block.id for block in page.blocks])
    except Refuse:
        logger.info("A preview shows its page as it was built: it can't be edited safely")
    return source.decode("utf-8", "replace")


def source_of(run: PageRun) -> bytes:
    """The page's own HTML; empty where it was not sent, is no longer kept or is damaged."""
    key = run.snapshot.source_key if hasattr(run, "snapshot") else ""
    if not key:
        return b""
    try:
        return artifacts.get(key)
    except NimbusError:
        return b""


def without_actions(source: str) -> str:
    return REMOTE.sub("", ACTIVE.sub("", source))


def neutral(run: PageRun, changes: Sequence[Change]) -> str:
    """Headings and paragraphs with the current texts; those that changed are marked."""
    extraction = run.snapshot.extraction if hasattr(run, "snapshot") else {}
    texts = {
        change.suggestion.target: change.shown_text
        for change in changes
        if change.suggestion.review != "rejected"
    }
    blocks = [*(extraction.get("above_fold_blocks") or ()), *(extraction.get("rest_of_page_blocks") or ())]
    shown = [block for block in blocks if block.get("type") != JSON_LD]
    body = "".join(render(block, texts.get(str(block.get("id")))) for block in shown)
    title = html.escape(str((extraction.get("head") or {}).get("title") or run.page.path))
    return f"<!doctype html><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>{body}"


def render(block: dict[str, object], changed: str | None) -> str:
    kind = str(block.get("type") or "p")
    name = kind if kind in {"h1", "h2", "h3", "h4", "p"} else "p"
    # The content is escaped already; its numbered tags carry no look.
    text = TAG.sub("", changed if changed is not None else str(block.get("content") or ""))
    inner = html.escape(html.unescape(text))
    inner = f"<mark>{inner}</mark>" if changed is not None else inner
    place = html.escape(marking.name(str(block.get("id"))))
    return f'<{name} id="{place}">{"• " if kind in LIST_LIKE else ""}{inner}</{name}>'
