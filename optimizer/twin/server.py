"""The twin's doors, and the twin as a context manager for tests."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from optimizer.twin import answers
from optimizer.twin.batches import Batches
from optimizer.twin.behaviour import PAID, Behaviour
from optimizer.twin.files import Files
from optimizer.twin.waits import Waits
from optimizer.twin.wire import error as fail
from optimizer.twin.wire import json

HOST = "127.0.0.1"
MODELS = ("gpt-5-mini", "gpt-5", "gpt-5-nano", "gpt-4.1-mini", "gpt-4o-mini")
ANNOUNCED_REQUESTS, ANNOUNCED_TOKENS = 30_000, 150_000_000
HANG_S = 3600
COUNTED = (
    "calls", "paid_calls", "input_tokens", "output_tokens",
    "early_repeats", "inside_retry_after",
    "batches", "batch_calls", "batch_paid_calls", "batch_input_tokens", "batch_output_tokens",
)  # fmt: skip


class Twin:
    """`async with Twin(...) as twin` in a loop, `with Twin(...) as twin` in a thread of its own."""

    def __init__(
        self, behaviour: Behaviour | None = None, canned: answers.Canned | None = None, port: int = 0
    ) -> None:
        self.behaviour = behaviour or Behaviour(latency=0)
        self.canned = canned
        self.port = port
        self._counts: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._attempts: Counter[str] = Counter()
        self._waits = Waits(self._counts)
        self.files = Files()
        self.batches = Batches(self.files, self._compose, lambda: self.behaviour, self._counts)
        self._in_flight = self._peak = 0
        self._allowance, self._refilled_at = 1.0, time.monotonic()
        self._runner: web.AppRunner | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}/v1"

    def behave(self, **wanted: Any) -> None:
        """Change the behaviour of all calls from now on."""
        self.behaviour = self.behaviour.changed(wanted)

    def stats(self) -> dict[str, Any]:
        self.batches.advance()
        counts = {name: self._counts[name] for name in COUNTED}
        # The batch lane costs half.
        live, batch = (
            counts[f"{lane}input_tokens"] + counts[f"{lane}output_tokens"] for lane in ("", "batch_")
        )
        flights = {"in_flight": self._in_flight, "peak_in_flight": self._peak}
        return {**counts, "billed_tokens": live + batch / 2, "outcomes": dict(self._outcomes), **flights}

    async def start(self) -> None:
        app = web.Application(client_max_size=16 * 1024 * 1024, middlewares=[self._check_key])
        app.router.add_routes([*self.files.routes(), *self.batches.routes()])
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_get("/twin/stats", self._show_stats)
        app.router.add_post("/twin/behave", self._behave)
        app.router.add_post("/twin/reset", self._reset)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Twin:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def __enter__(self) -> Twin:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="model-twin")
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop and self._thread:
            asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._in_flight += 1
        self._peak = max(self._peak, self._in_flight)
        try:
            return await self._answer(request, body)
        finally:
            self._in_flight -= 1

    async def _answer(self, request: web.Request, body: bytes) -> web.StreamResponse:
        self._counts["calls"] += 1
        asked = answers.read_request(body)
        if isinstance(asked, str):
            return self._fail(400, "invalid_request_error", asked)
        if blocked := self._blocked():
            return blocked
        digest = hashlib.sha256(body).hexdigest()
        self._waits.arrive(digest)
        self._attempts[digest] += 1
        attempt = self._attempts[digest]
        outcome, latency_s = self.behaviour.draw(digest, attempt)
        if not self._take_allowance():
            outcome = "silent_rate_limited" if self.behaviour.limits == "silent" else "rate_limited"
        if outcome in ("rate_limited", "silent_rate_limited"):
            return self._slow_down(outcome, digest)
        self._outcomes[outcome] += 1
        # A call counts as paid when the work is done, even if its answer never arrives.
        await asyncio.sleep(HANG_S if outcome == "hang" else latency_s)
        if outcome == "server_error":
            return fail(503 if attempt % 2 else 500, "server_error", "The server had an error.")
        return await self._deliver(request, asked, outcome, f"{digest[:20]}-{attempt}")

    async def _deliver(
        self, request: web.Request, asked: dict[str, Any], outcome: str, request_id: str
    ) -> web.StreamResponse:
        answer = self._compose(asked, outcome, request_id)
        if outcome in PAID:
            self._counts["paid_calls"] += 1
            self._counts["input_tokens"] += answer["usage"]["prompt_tokens"]
            self._counts["output_tokens"] += answer["usage"]["completion_tokens"]
        content = orjson.dumps(answer)
        if outcome in ("reset", "cut_body"):
            return await _break_off(request, content if outcome == "cut_body" else b"")
        headers = {**self._limit_headers(), "x-request-id": f"req_{request_id}"}
        return web.Response(body=content, content_type="application/json", headers=headers)

    def _compose(self, asked: dict[str, Any], outcome: str, request_id: str) -> dict[str, Any]:
        user = "\n".join(str(m.get("content", "")) for m in asked["messages"] if m.get("role") == "user")
        if answers.is_judgement(asked):
            text = answers.judgement(user, self.behaviour.objection)
            return answers.completion(asked, text, outcome, request_id)
        items = answers.from_rules(user) if self.canned is None else answers.from_pool(user, self.canned)
        return answers.completion(asked, answers.render(items, outcome), outcome, request_id)

    @web.middleware
    async def _check_key(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """For the batch lane; a completion looks at its key itself, once it is known to be one."""
        if request.path.startswith(("/v1/files", "/v1/batches")) and (blocked := self._blocked()):
            return blocked
        return await handler(request)

    def _blocked(self) -> web.Response | None:
        if self.behaviour.key_state == "invalid":
            return self._fail(401, "invalid_api_key", "Incorrect API key provided.")
        if self.behaviour.key_state == "no_quota":
            return self._fail(429, "insufficient_quota", "You exceeded your current quota.")
        return None

    def _slow_down(self, outcome: str, digest: str) -> web.Response:
        response = self._fail(429, "rate_limit_exceeded", "Rate limit reached.", outcome)
        if outcome == "rate_limited":
            self._waits.refuse(digest, self.behaviour.retry_after, self.behaviour.travel)
            response.headers["Retry-After"] = f"{self.behaviour.retry_after:g}"
            response.headers.update(self._limit_headers(remaining=0))
        return response

    def _fail(self, status: int, code: str, message: str, outcome: str = "") -> web.Response:
        self._outcomes[outcome or code] += 1
        return fail(status, code, message)

    def _take_allowance(self) -> bool:
        """A token bucket that holds one second of requests."""
        per_second = self.behaviour.requests_per_minute / 60
        if not per_second:
            return True
        now = time.monotonic()
        room = max(1.0, per_second)
        self._allowance = min(room, self._allowance + (now - self._refilled_at) * per_second)
        self._refilled_at = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    def _limit_headers(self, remaining: int | None = None) -> dict[str, str]:
        if self.behaviour.limits == "silent":
            return {}
        limit = self.behaviour.requests_per_minute or ANNOUNCED_REQUESTS
        left = int(self._allowance) if self.behaviour.requests_per_minute else limit - 1
        return {
            "x-ratelimit-limit-requests": str(limit),
            "x-ratelimit-remaining-requests": str(left if remaining is None else remaining),
            "x-ratelimit-reset-requests": f"{60 / limit:.3f}s",
            "x-ratelimit-limit-tokens": str(ANNOUNCED_TOKENS),
            "x-ratelimit-remaining-tokens": str(ANNOUNCED_TOKENS - 1),
        }

    async def _list_models(self, request: web.Request) -> web.Response:
        models = [
            {"id": id, "object": "model", "created": 1_700_000_000, "owned_by": "twin"} for id in MODELS
        ]
        return json({"object": "list", "data": models})

    async def _show_stats(self, request: web.Request) -> web.Response:
        return json(self.stats())

    async def _behave(self, request: web.Request) -> web.Response:
        try:
            wanted = orjson.loads(await request.read())
            self.behave(**wanted)
        except (ValueError, TypeError) as error:
            return fail(400, "invalid_behaviour", str(error))
        return json(self.behaviour.as_dict())

    async def _reset(self, request: web.Request) -> web.Response:
        for counts in (self._counts, self._outcomes, self._attempts, self.files.rows, self.batches.jobs):
            counts.clear()
        self._waits.clear()
        self._peak = self._in_flight
        return json(self.stats())


async def _break_off(request: web.Request, content: bytes) -> web.StreamResponse:
    """Close the connection with nothing sent, or with half of the answer."""
    response = web.StreamResponse(
        headers={"Content-Length": str(len(content)), "Content-Type": "application/json"}
    )
    transport = request.transport
    if content:
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        if transport:
            transport.close()
    elif transport:
        transport.abort()
    return response
