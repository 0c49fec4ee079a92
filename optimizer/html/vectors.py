"""The shared vectors in spec/html: what this engine makes of their inputs.

`python -m optimizer.html.vectors` lists those that differ; `--write` rewrites them, if the change was meant.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from optimizer.html import Page, Refuse, apply

FOLDER = Path(__file__).resolve().parents[2] / "spec" / "html"


def extract(data: bytes, encoding: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """What a vector expects of an input: the extraction with its blocks in page order, or the refusal."""
    wishes = dict(options)
    try:
        page = Page(data, encoding, wishes.pop("hero", ""))
    except Refuse as refusal:
        return {"refuse": refusal.reason}
    found: dict[str, Any] = page.extraction(**wishes)
    blocks = found.pop("above_fold_blocks") + found.pop("rest_of_page_blocks")
    # Both would only repeat what the input says.
    del found["engine"], found["page_hash"]
    return found | {"blocks": sorted(blocks, key=lambda block: block["span"])}


def run(vector: dict[str, Any]) -> dict[str, Any]:
    """The vector with every expectation as this engine has it."""
    data, encoding = base64.b64decode(vector["input_b64"]), vector["encoding"]
    result = vector | {"extract": extract(data, encoding, vector.get("options", {}))}
    if "apply" in vector:
        result["apply"] = [_apply(data, encoding, step) for step in vector["apply"]]
    return result


def _apply(data: bytes, encoding: str | None, step: dict[str, Any]) -> dict[str, Any]:
    follows = step.get("og_follows", False)
    out, report = apply(data, step["changes"], step["head"], encoding, og_follows=follows)
    return step | {"output_b64": base64.b64encode(out).decode(), "report": report}


def load(path: Path) -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return vectors


def dump(path: Path, vectors: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps(vectors, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    differing = 0
    for path in sorted(FOLDER.glob("*.json")):
        before = load(path)
        after = [run(vector) for vector in before]
        for old, new in zip(before, after, strict=True):
            if old != new:
                differing += 1
                print(f"{path.name}: {old['name']}")
        if "--write" in arguments:
            dump(path, after)
    return 0 if "--write" in arguments else min(differing, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
