"""The twin's file store: upload, list, content, delete."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from optimizer.twin.wire import error, json, listing

LARGEST = 512_000_000


@dataclass(slots=True)
class File:
    id: str
    name: str
    purpose: str
    content: bytes
    created_at: int = field(default_factory=lambda: int(time.time()))

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": self.created_at,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


class Files:
    def __init__(self) -> None:
        self.rows: dict[str, File] = {}
        self._number = 0

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/files", self._upload)
        yield web.get("/v1/files", self._list)
        yield web.get("/v1/files/{id}", self._show)
        yield web.get("/v1/files/{id}/content", self._content)
        yield web.delete("/v1/files/{id}", self._delete)

    def add(self, name: str, purpose: str, content: bytes) -> File:
        self._number += 1
        file = File(f"file-twin{self._number:06}", name, purpose, content)
        self.rows[file.id] = file
        return file

    async def _upload(self, request: web.Request) -> web.Response:
        purpose, name, content = "", "", None
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            body = bytearray()
            while chunk := await part.read_chunk(1 << 16):
                body += chunk
                if len(body) > LARGEST:
                    return error(413, "request_too_large", "The file is too large.")
            if part.name == "file":
                name, content = part.filename or "", bytes(body)
            elif part.name == "purpose":
                purpose = body.decode()
        if content is None or purpose != "batch":
            return error(400, "invalid_request_error", "Send a file, with purpose batch.")
        return json(self.add(name, purpose, content).as_dict())

    async def _list(self, request: web.Request) -> web.Response:
        purpose = request.query.get("purpose")
        found = [file.as_dict() for file in self.rows.values() if purpose in (None, file.purpose)]
        return json(listing(found[::-1], request))

    async def _show(self, request: web.Request) -> web.Response:
        file = self.rows.get(request.match_info["id"])
        return json(file.as_dict()) if file else error(404, "not_found", "No such File object.")

    async def _content(self, request: web.Request) -> web.Response:
        file = self.rows.get(request.match_info["id"])
        if file is None:
            return error(404, "not_found", "No such File object.")
        return web.Response(body=file.content, content_type="application/octet-stream")

    async def _delete(self, request: web.Request) -> web.Response:
        file = self.rows.pop(request.match_info["id"], None)
        if file is None:
            return error(404, "not_found", "No such File object.")
        return json({"id": file.id, "object": "file", "deleted": True})
