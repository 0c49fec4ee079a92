"""The twin's batch lane: provider batches that take their time, expire, and lose or repeat lines as told.

Nothing runs in the background: a job's state is computed from the clock when somebody looks at it.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from optimizer.twin import lines
from optimizer.twin.behaviour import Behaviour
from optimizer.twin.files import Files
from optimizer.twin.lines import Answer, Invalid, Request
from optimizer.twin.wire import error, json, listing

ENDPOINT = "/v1/chat/completions"


@dataclass(slots=True)
class Job:
    id: str
    input_file_id: str
    metadata: dict[str, str]
    status: str = "validating"
    requests: list[Request] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    created_at: int = field(default_factory=lambda: int(time.time()))
    cancelled: float | None = None
    completed_count: int = 0
    failed_count: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None
    error: dict[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        return self.status in ("completed", "failed", "expired", "cancelled")

    @property
    def tokens(self) -> int:
        return sum(request.tokens for request in self.requests)

    def as_dict(self, window: float) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": ENDPOINT,
            "input_file_id": self.input_file_id,
            "completion_window": "24h",
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self.created_at,
            "expires_at": self.created_at + int(window),
            "metadata": self.metadata,
            "errors": {"object": "list", "data": [self.error]} if self.error else None,
            "request_counts": {
                "total": len(self.requests),
                "completed": self.completed_count,
                "failed": self.failed_count,
            },
        }


class Batches:
    """`answer` gives one request's completion; `behaviour` is asked anew each time, so that it can change."""

    def __init__(
        self, files: Files, answer: Answer, behaviour: Callable[[], Behaviour], counts: Counter[str]
    ) -> None:
        self.jobs: dict[str, Job] = {}
        self._files, self._answer, self._behaviour, self._counts = files, answer, behaviour, counts
        # A test looks at the counts from a thread of its own.
        self._lock = threading.Lock()

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/batches", self._create)
        yield web.get("/v1/batches", self._list)
        yield web.get("/v1/batches/{id}", self._show)
        yield web.post("/v1/batches/{id}/cancel", self._cancel)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        asked = orjson.loads(await request.read())
        if asked.get("endpoint") != ENDPOINT or asked.get("completion_window") != "24h":
            return error(400, "invalid_request_error", "The twin batches chat completions within 24h.")
        file = self._files.rows.get(asked.get("input_file_id"))
        if file is None:
            return error(400, "invalid_request_error", "Cannot find the input file.")
        self._counts["batches"] += 1
        job = Job(f"batch_twin{self._counts['batches']:06}", file.id, asked.get("metadata") or {})
        self.jobs[job.id] = job
        made = job.as_dict(self._behaviour().batch_window)
        self._validate(job, file.content)
        if self._behaviour().strikes("batch_reply_lost", job.id) and request.transport:
            request.transport.abort()
        return json(made)

    def _validate(self, job: Job, content: bytes) -> None:
        limit = self._behaviour().batch_enqueued_tokens
        try:
            if code := self._behaviour().batch_invalid:
                raise Invalid(code, "The input file failed validation.")
            job.requests = lines.read(content, ENDPOINT)
            waiting = sum(other.tokens for other in self.jobs.values() if not other.is_over)
            if limit and waiting > limit:
                raise Invalid("token_limit_exceeded", f"Enqueued token limit reached. Limit: {limit:,}.")
            job.status = "in_progress"
        except Invalid as problem:
            job.requests, job.status = [], "failed"
            job.error = {"code": problem.code, "message": str(problem), "param": None, "line": problem.line}

    async def _list(self, request: web.Request) -> web.Response:
        self.advance()
        window = self._behaviour().batch_window
        rows = [job.as_dict(window) for job in reversed(self.jobs.values())]
        return json(listing(rows, request))

    async def _show(self, request: web.Request) -> web.Response:
        return self._found(request)

    async def _cancel(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["id"])
        self.advance()
        if job and job.is_over:
            return error(409, "conflict", f"Cannot cancel a batch with status '{job.status}'.")
        if job and job.cancelled is None:
            job.cancelled, job.status = time.monotonic(), "cancelling"
            # The answer says `cancelling`; whoever looks next finds it cancelled.
            return json(job.as_dict(self._behaviour().batch_window))
        return self._found(request)

    def _found(self, request: web.Request) -> web.Response:
        self.advance()
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            return error(404, "not_found", "No batch found with this id.")
        return json(job.as_dict(self._behaviour().batch_window))

    def advance(self) -> None:
        """Bring every job up to now."""
        with self._lock:
            for job in list(self.jobs.values()):
                if not job.is_over:
                    self._advance(job, self._behaviour())

    def _advance(self, job: Job, behaviour: Behaviour) -> None:
        ends = {
            "completed": job.started + behaviour.batch_seconds,
            "expired": job.started + behaviour.batch_window,
            "cancelled": job.cancelled,
        }
        status, end = min(
            ((status, at) for status, at in ends.items() if at is not None), key=lambda pair: pair[1]
        )
        now = min(end, time.monotonic())
        share = (now - job.started) / behaviour.batch_seconds if behaviour.batch_seconds else 1.0
        total = len(job.requests)
        finished = total if status == "completed" and now >= end else min(total, int(total * share))
        job.completed_count = finished
        if now >= end:
            self._end(job, status, finished, behaviour)

    def _end(self, job: Job, status: str, finished: int, behaviour: Behaviour) -> None:
        """Write the two files; what was finished is paid, whatever became of its line."""
        good: list[bytes] = []
        bad: list[bytes] = []
        for number, request in enumerate(job.requests):
            if number >= finished:
                code = "batch_cancelled" if status == "cancelled" else "batch_expired"
                bad.append(lines.failed(request, code))
                continue
            line, is_good = lines.finish(request, self._answer, behaviour, self._counts)
            (good if is_good else bad).extend(lines.spoil(line, f"{job.id}:{request.custom_id}", behaviour))
        if behaviour.batch_shuffled:
            random.Random(f"{behaviour.seed}:{job.id}").shuffle(good)  # noqa: S311
        job.status, job.failed_count = status, len(bad)
        if good:
            job.output_file_id = self._files.add(f"{job.id}_output.jsonl", "batch_output", b"".join(good)).id
        if bad:
            job.error_file_id = self._files.add(f"{job.id}_error.jsonl", "batch_output", b"".join(bad)).id
