"""Answers as OpenAI words them: JSON, errors and pages of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from aiohttp import web


def json(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


def error(status: int, code: str, message: str) -> web.Response:
    body = orjson.dumps({"error": {"message": message, "type": code, "param": None, "code": code}})
    return web.Response(status=status, body=body, content_type="application/json")


def listing(rows: Sequence[dict[str, Any]], request: web.Request) -> dict[str, Any]:
    """The page of `rows` that starts behind the id named by `after`."""
    limit = min(100, max(1, int(request.query.get("limit", "20"))))
    ids = [row["id"] for row in rows]
    after = request.query.get("after")
    start = ids.index(after) + 1 if after in ids else 0
    chosen = list(rows[start : start + limit])
    return {
        "object": "list",
        "data": chosen,
        "first_id": chosen[0]["id"] if chosen else None,
        "last_id": chosen[-1]["id"] if chosen else None,
        "has_more": start + limit < len(rows),
    }
