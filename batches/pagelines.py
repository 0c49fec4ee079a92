"""One line of an upload: read strictly, cleaned to the shape that is kept, and named."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from batches import extractions, page_ids
from nimbus import packing, strictjson
from nimbus.errors import InvalidError
from projects.models import Project

MAX_URL, MAX_SOURCE_PATH = 4096, 1024
DRIVE = re.compile(r"[A-Za-z]:")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page that may be stored, packed: a portion of an upload is held, its parsed texts are not."""

    number: int
    page_id: str
    domain: str
    path: str
    source_path: str
    dimensions: str
    title: str
    content_hash: str
    body: bytes
    source_html: str

    @property
    def weight(self) -> int:
        """About how many bytes it holds."""
        return len(self.body) + len(self.source_html) + 1000


def read(number: int, line: bytes, project: Project) -> PageLine:
    """The page of a line; InvalidError or MalformedError tells what to mend."""
    if len(line) > settings.MAX_PAGE_BYTES:
        limit = settings.MAX_PAGE_BYTES // 2**20
        raise InvalidError(f"A page is at most {limit} MB. Leave source_html out.", code="too_large")
    value = strictjson.loads(line)
    if not isinstance(value, dict):
        raise strictjson.MalformedError("Each line is one JSON object: a page.")
    source_path = safe_path(text_of(value, "source_path", MAX_SOURCE_PATH))
    url = text_of(value, "page_url", MAX_URL)
    domain, path = page_ids.canonical(url, project.domain)
    if domain != page_ids.canonical_domain(project.domain):
        raise InvalidError(
            f"`{domain}` is not this project's domain, {project.domain}.",
            field="page_url",
            code="wrong_domain",
        )
    page_id = page_ids.page_id(project.id, domain, path)
    if (given := value.get("page_id")) is not None and given != page_id:
        raise InvalidError(
            f"The id of this page is {page_id}. Leave page_id out, or compute it by spec/urls.json.",
            field="page_id",
            code="page_id_mismatch",
        )
    extraction = extractions.clean(value.get("extraction"))
    return PageLine(
        number=number,
        page_id=page_id,
        domain=domain,
        path=path,
        source_path=source_path,
        dimensions=orjson.dumps(extraction["dimensions"]).decode(),
        title=str(extraction["head"].get("title", ""))[:300],
        content_hash=content_hash(extraction),
        body=packing.pack(orjson.dumps(extraction)),
        source_html=source_html(value),
    )


def text_of(value: dict[str, Any], name: str, most: int) -> str:
    text = value.get(name)
    if not isinstance(text, str) or not text.strip():
        raise InvalidError(f"`{name}` is a text and has to be there.", field=name)
    if len(text) > most:
        raise InvalidError(f"`{name}` is at most {most:,} characters.", field=name)
    return text


def source_html(value: dict[str, Any]) -> str:
    text = value.get("source_html")
    if text is not None and not isinstance(text, str):
        raise InvalidError("`source_html` is a text, or is left out.", field="source_html")
    return text or ""


def safe_path(path: str) -> str:
    """The path inside the build folder with forward slashes; one that could leave it is refused."""
    parts = path.replace("\\", "/").removeprefix("./").split("/")
    unsafe = (
        CONTROL.search(path)
        or DRIVE.match(path)
        or parts[0] == ""
        or any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts)
    )
    if unsafe:
        raise InvalidError(
            "`source_path` is relative to the project, such as `dist/about.html`, without `..` or a drive.",
            field="source_path",
            code="unsafe_path",
        )
    return "/".join(parts)


def content_hash(extraction: dict[str, Any]) -> str:
    """Equal where nothing that the optimizer reads has changed."""
    head = extraction["head"]
    blocks = extraction["above_fold_blocks"] + extraction["rest_of_page_blocks"]
    read_by_optimizer = {
        "head": {name: head.get(name, "") for name in ("title", "metaDescription", "lang", "language")},
        "blocks": [[block["id"], block.get("key", ""), block["type"], block["content"]] for block in blocks],
        "fold": len(extraction["above_fold_blocks"]),
        "dimensions": extraction["dimensions"],
    }
    return hashlib.sha256(orjson.dumps(read_by_optimizer, option=orjson.OPT_SORT_KEYS)).hexdigest()
