"""Title patterns such as “{service} in {location} | {company}”, filled with a page's own values."""

import re

from optimizer import words
from optimizer.types import Brief, PageText

PLACEHOLDER = re.compile(r"\{([A-Za-z][A-Za-z0-9_]{0,39})\}")


def fill(pattern: str, page: PageText, brief: Brief) -> str:
    """The title that the pattern wants of this page; empty where the page lacks one of its values."""
    values = {name: words.spelled(value) for name, value in page.dimensions.items()}
    values["company"] = brief.company
    names = PLACEHOLDER.findall(pattern)
    if not pattern or not all(values.get(name) for name in names):
        return ""
    title = PLACEHOLDER.sub(lambda match: as_written(values[match[1]], page), pattern)
    return " ".join(title.split())


def as_written(value: str, page: PageText) -> str:
    """A value in the page's own spelling: `rolex` is “Rolex” where the page writes so."""
    found = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
    for text in (*(block.content for block in page.blocks), *page.head.values()):
        match = found.search(text)
        if match and not match[0].isupper():
            return match[0]
    return value


def parts(pattern: str, page: PageText, brief: Brief) -> list[str]:
    """The values that a title of this pattern holds, in their order."""
    if not fill(pattern, page, brief):
        return []
    values = {name: words.spelled(value) for name, value in page.dimensions.items()}
    values["company"] = brief.company
    return [values[name] for name in PLACEHOLDER.findall(pattern)]
