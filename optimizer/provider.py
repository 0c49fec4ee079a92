"""The OpenAI provider: one attempt a call, a deadline for the whole of it, every failure given its class.

The wire is aiohttp's own: a call through the official SDK costs five times the processor time, and all that
the SDK would add, retries and typed answers, is decided elsewhere or not needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver

from optimizer.errors import (
    CompletionError,
    OptimizerError,
    ProviderBlockedError,
    ProviderError,
    SlowDownError,
)
from optimizer.limits import THINKING, RateLimit, read_limits, read_retry_after
from optimizer.types import Completion, Prompt, Usage

OPENAI_URL = "https://api.openai.com/v1"
TOO_LARGE = ("context_length_exceeded", "string_above_max_length", "request_too_large")
BLOCKED_CODES = {
    "insufficient_quota": "provider_quota",
    "billing_hard_limit_reached": "provider_quota",
    "invalid_api_key": "provider_auth",
}
# No answer that we ask for is a tenth of this; whoever sends more shall not fill our memory.
MOST_ANSWER_BYTES = 8_000_000
# A connection that idles longer may be closed by the other side just when it is used again.
IDLE_S = 15.0


class OpenAIProvider:
    """Any server that speaks OpenAI's chat completions; `window` calls may be open at a time."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        model: str = "gpt-5-mini",
        window: int = 200,
        timeout_s: float = 30,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.model = model
        self.timeout_s = timeout_s
        # Of the answer that `complete` returned or raised last; read it before anything is awaited.
        self.rate_limit = RateLimit()
        self._url = (base_url or OPENAI_URL).rstrip("/") + "/chat/completions"
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "Nimbus",
        }
        self._window, self._resolver = window, resolver
        # A proxy looks names up itself, past a resolver that was given; the environment is read once.
        self._proxy = None if resolver else proxy_of(self._url)
        self._session: aiohttp.ClientSession | None = None

    async def complete(self, prompt: Prompt) -> Completion:
        body = orjson.dumps(request_body(prompt, self.model))
        try:
            # One deadline for the whole call: a timeout from byte to byte would never meet a slow drip.
            async with asyncio.timeout(self.timeout_s):
                status, headers, content = await self._post(body)
        except TimeoutError as error:
            raise ProviderError("timeout", message="The provider did not answer in time.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ProviderError("connection", message="The connection to the provider broke.") from error
        self.rate_limit = read_limits(headers)
        if status >= 300:
            raise classify(status, read_error(content), headers)
        return read_completion(content, headers)

    async def aclose(self) -> None:
        if self._session:
            await self._session.close()

    async def _post(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        if self._session is None:
            self._session = self._connect()
        # The key goes to this address and to no other, so redirects are not followed.
        async with self._session.post(
            self._url, data=body, headers=self._headers, allow_redirects=False, proxy=self._proxy
        ) as response:
            content = bytearray()
            async for part in response.content.iter_any():
                content += part
                if len(content) > MOST_ANSWER_BYTES:
                    raise ProviderError("cut_answer", message="The provider's answer is far too long.")
            return response.status, response.headers, bytes(content)

    def _connect(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._window, keepalive_timeout=IDLE_S, resolver=self._resolver, ttl_dns_cache=60
        )
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout())


def proxy_of(url: str) -> str | None:
    """The installation's own proxy for this address, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def read_error(content: bytes) -> object:
    try:
        return orjson.loads(content)
    except ValueError:
        return None


def request_body(prompt: Prompt, model: str) -> dict[str, Any]:
    """The request without anything that differs between two attempts, so that its hash names it."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "lines", "strict": True, "schema": prompt.schema},
        },
        "max_completion_tokens": prompt.max_output_tokens,
    }
    if model.startswith(THINKING):
        body["reasoning_effort"] = "low"
    return body


def read_completion(content: bytes, headers: Mapping[str, str], is_half_price: bool = False) -> Completion:
    """The first choice of an answer; one cut on the way is worth another try."""
    try:
        answer = orjson.loads(content)
        choice = answer["choices"][0]
        message = choice["message"]
        usage = answer.get("usage") or {}
        refusal = message.get("refusal")
        return Completion(
            text=str(message.get("content") or ""),
            model=str(answer["model"]),
            usage=Usage(
                int(usage.get("prompt_tokens") or 0),
                int(usage.get("completion_tokens") or 0),
                int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0),
            ),
            finish_reason="refusal" if refusal else str(choice.get("finish_reason") or ""),
            request_id=str(headers.get("x-request-id") or answer.get("id") or ""),
            is_half_price=is_half_price,
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ProviderError("cut_answer", message="The provider's answer was damaged on its way.") from error


def classify(status: int, body: object, headers: Mapping[str, str]) -> OptimizerError:
    """Which failure an HTTP status and its error code are; the provider's own words are not repeated."""
    code = _error_code(body)
    if status == 401 or status == 403 or code in BLOCKED_CODES:
        blocked = BLOCKED_CODES.get(code, "provider_auth")
        return ProviderBlockedError(
            blocked, f"The provider turned the key down ({status} {code}).".replace(" )", ")")
        )
    if status == 402:
        return ProviderBlockedError("provider_quota", "The provider asks for payment.")
    if status == 429:
        return SlowDownError(
            "rate_limited", read_retry_after(headers), status, "The provider asked to slow down."
        )
    if status in (408, 409) or status >= 500:
        return ProviderError(
            "provider_error", read_retry_after(headers), status, f"The provider failed ({status})."
        )
    if status == 404:
        return CompletionError("model_not_found", "The provider does not know this model.")
    if status == 413 or code in TOO_LARGE:
        return CompletionError("too_large", "The page is too large for this model.")
    if code == "content_filter":
        return CompletionError("refused", "The provider refused to work on this page.")
    return CompletionError("invalid_output", f"The provider did not accept the request ({status}).")


def _error_code(body: object) -> str:
    inner = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        return ""
    return str(inner.get("code") or inner.get("type") or "")[:60]
