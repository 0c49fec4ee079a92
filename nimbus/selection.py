"""`?fields=status,summary.completed`: of an answer only what was asked for."""

import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Concatenate

import orjson
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from rest_framework.request import Request

from nimbus.errors import InvalidError

PARAMETER = "fields"
LONGEST = 2000
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")

# Names and what is wanted inside of them; an empty tree is everything.
type Tree = dict[str, "Tree"]


def wanted(request: HttpRequest | Request) -> Tree:
    """What the address asks for; everything where it names nothing."""
    text = request.GET.get(PARAMETER, "")
    if not text:
        return {}
    paths = [path.strip().split(".") for path in text.split(",")]
    if len(text) > LONGEST or not all(NAME.fullmatch(name) for path in paths for name in path):
        raise InvalidError(
            f"`{PARAMETER}` is a list such as `status,summary.completed`, at most {LONGEST:,} characters.",
            field=PARAMETER,
        )
    tree: Tree = {}
    # What is wanted as a whole comes before its parts, which then add nothing.
    for path in sorted(paths, key=len):
        add(tree, path)
    return tree


def add(tree: Tree, path: list[str]) -> None:
    for depth, name in enumerate(path, start=1):
        is_whole = name in tree and not tree[name]
        if is_whole:
            return
        tree = tree.setdefault(name, {})
        if depth == len(path):
            tree.clear()


def refuse_unknown(tree: Tree, known: Iterable[str]) -> None:
    """A slip is told, not answered with nothing; what lies deeper may be there or not."""
    if unknown := sorted(tree.keys() - set(known)):
        raise InvalidError(
            f"This answer has no field `{unknown[0]}`. It has {', '.join(sorted(known))}.", field=PARAMETER
        )


def pick(value: Any, tree: Tree) -> Any:
    """The parts that are wanted; of a list, those of each item."""
    if not tree:
        return value
    if isinstance(value, list):
        return [pick(item, tree) for item in value]
    if isinstance(value, dict):
        return {name: pick(value[name], inner) for name, inner in tree.items() if name in value}
    return value


def choose(data: dict[str, Any], tree: Tree, optional: Iterable[str] = ()) -> dict[str, Any]:
    """`optional` are fields that this answer may have and has not got now."""
    refuse_unknown(tree, {*data, *optional})
    chosen: dict[str, Any] = pick(data, tree)
    return chosen


def lines(pieces: Iterable[bytes], tree: Tree, known: Iterable[str]) -> Iterator[bytes]:
    """The same of each line of a stream; its last line, which says that it is whole, stays as it is."""
    refuse_unknown(tree, known)
    return (b"".join(map(functools.partial(line_of, tree=tree), piece.splitlines())) for piece in pieces)


def line_of(line: bytes, tree: Tree) -> bytes:
    data = orjson.loads(line)
    return orjson.dumps(data if "end" in data else pick(data, tree), option=orjson.OPT_APPEND_NEWLINE)


def tagged(request: HttpRequest | Request, response: HttpResponse) -> HttpResponse:
    """With its ETag, or 304 where the caller has that already."""
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:24]}"'
    known = request.headers.get("If-None-Match", "")
    if response.status_code == 200 and (tag in known or known.strip() == "*"):
        response = HttpResponse(status=304)
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache"
    return response


def selectable[View, **P, Answer: HttpResponse](
    *optional: str,
) -> Callable[
    [Callable[Concatenate[View, Request, P], Answer]], Callable[Concatenate[View, Request, P], Answer]
]:
    """For the reading method of a view that answers one JSON object."""

    def decorate(
        handler: Callable[Concatenate[View, Request, P], Answer],
    ) -> Callable[Concatenate[View, Request, P], Answer]:
        @functools.wraps(handler)
        def select(view: View, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
            # A write that answers what it wrote answers all of it.
            is_read = request.method in ("GET", "HEAD")
            tree = wanted(request) if is_read else {}
            response = handler(view, request, *args, **kwargs)
            if tree and hasattr(response, "data"):
                response.data = choose(response.data, tree, optional)
            elif tree:
                response.content = orjson.dumps(choose(orjson.loads(response.content), tree, optional))
            if is_read and isinstance(response, SimpleTemplateResponse):
                response.add_post_render_callback(functools.partial(tagged, request))
                return response
            return tagged(request, response) if is_read else response  # type: ignore[return-value]

        select.is_selectable = True  # type: ignore[attr-defined]
        return select

    return decorate
