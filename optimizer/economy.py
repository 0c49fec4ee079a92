"""OpenAI's batch lane: half the price, within a day. Files of requests go up, files of answers come down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import httpx2
import openai
import orjson

from optimizer.errors import OptimizerError, ProviderError
from optimizer.provider import classify, read_completion, request_body
from optimizer.types import Completion, Prompt

ENDPOINT: Final = "/v1/chat/completions"
# A line longer than this is no answer to anything we asked.
LONGEST_LINE = 8_000_000
# So far back is looked for what was made before a crash.
LISTED = 1_000
FINAL = ("completed", "failed", "expired", "cancelled")
# The key of our own in a provider batch's metadata.
TAG = "nimbus_key"


@dataclass(frozen=True, slots=True)
class Job:
    """What the provider says about one of its batches."""

    id: str
    status: str
    key: str = ""
    output_file_id: str = ""
    error_file_id: str = ""
    error_code: str = ""

    @property
    def is_over(self) -> bool:
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an output or error file: the answer, or the code of why there is none."""

    custom_id: str
    completion: Completion | None = None
    error_code: str = ""
    # There was an answer, so it has its price, but it can't be read.
    is_damaged: bool = False


class Economy:
    """The batch lane of one key. Calls block, and each is one attempt: who calls decides what comes next."""

    most_requests = 50_000
    most_bytes = 200_000_000

    def __init__(self, api_key: str, base_url: str | None = None, timeout_s: float = 60) -> None:
        self._client = openai.OpenAI(
            api_key=api_key, base_url=base_url or None, max_retries=0, timeout=timeout_s
        )

    def close(self) -> None:
        self._client.close()

    def write_line(self, custom_id: str, prompt: Prompt, model: str) -> bytes:
        """One request as a line of the input file; the same body as in the live lane."""
        body = request_body(prompt, model)
        item = {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body}
        return orjson.dumps(item) + b"\n"

    def upload(self, path: Path, name: str, timeout_s: float) -> str:
        with path.open("rb") as file:
            return self._call(
                lambda: str(
                    self._client.files.create(file=(name, file), purpose="batch", timeout=timeout_s).id
                )
            )

    def create(self, file_id: str, key: str) -> Job:
        return self._call(
            lambda: read_job(
                self._client.batches.create(
                    input_file_id=file_id,
                    endpoint=ENDPOINT,
                    completion_window="24h",
                    metadata={TAG: key},
                    extra_headers={"Idempotency-Key": key},
                )
            )
        )

    def retrieve(self, job_id: str) -> Job:
        return self._call(lambda: read_job(self._client.batches.retrieve(job_id)))

    def cancel(self, job_id: str) -> Job:
        return self._call(lambda: read_job(self._client.batches.cancel(job_id)))

    def find(self, key: str) -> list[Job]:
        """The jobs among the newest that carry this key, newest first."""

        def look() -> list[Job]:
            found = []
            for number, job in enumerate(self._client.batches.list(limit=100)):
                if number >= LISTED:
                    break
                if (job.metadata or {}).get(TAG) == key:
                    found.append(read_job(job))
            return found

        return self._call(look)

    def lines(self, file_id: str) -> Iterator[Line | None]:
        """The file's lines as they come; None for one that can't be told from any other."""
        try:
            with self._client.files.with_streaming_response.content(file_id) as response:
                rest = b""
                for chunk in response.iter_bytes():
                    *whole, rest = (rest + chunk).split(b"\n")
                    yield from (read_line(line) for line in whole if line.strip())
                    if len(rest) > LONGEST_LINE:
                        raise ProviderError("cut_answer", message="The provider's file has an endless line.")
                if rest.strip():
                    yield read_line(rest)
        except (openai.APIError, httpx2.HTTPError, OSError) as error:
            _raise(error)

    def delete(self, file_id: str) -> None:
        self._call(lambda: self._client.files.delete(file_id))

    def _call[T](self, function: Callable[[], T]) -> T:
        try:
            return function()
        except (openai.APIError, httpx2.HTTPError, OSError) as error:
            _raise(error)
        except (AttributeError, TypeError, ValueError) as error:
            raise ProviderError(
                "cut_answer", message="The provider's answer was damaged on its way."
            ) from error


def _raise(error: Exception) -> NoReturn:
    if isinstance(error, openai.APIStatusError):
        raise classify(error.status_code, error.body, error.response.headers) from error
    raise ProviderError("connection", message="The connection to the provider broke.") from error


def read_job(job: Any) -> Job:
    problems = (job.errors.data or []) if job.errors else []
    return Job(
        id=str(job.id),
        status=str(job.status),
        key=str((job.metadata or {}).get(TAG, "")),
        output_file_id=str(job.output_file_id or ""),
        error_file_id=str(job.error_file_id or ""),
        error_code=str(problems[0].code or "failed") if problems else "",
    )


def read_line(line: bytes) -> Line | None:
    try:
        item = orjson.loads(line)
        custom_id = item["custom_id"]
        response, problem = item.get("response") or {}, item.get("error") or {}
        status = int(response.get("status_code") or 0)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    if not isinstance(custom_id, str):
        return None
    if status != 200:
        return Line(custom_id, error_code=_code_of(status, response, problem))
    return _answer(custom_id, response)


def _answer(custom_id: str, response: Mapping[str, Any]) -> Line:
    headers = {"x-request-id": str(response.get("request_id") or "")}
    try:
        completion = read_completion(orjson.dumps(response.get("body")), headers, is_half_price=True)
    except OptimizerError as error:
        return Line(custom_id, error_code=error.code, is_damaged=True)
    return Line(custom_id, completion)


def _code_of(status: int, response: Mapping[str, Any], problem: object) -> str:
    if status:
        return classify(status, response.get("body"), {}).code
    code = problem.get("code") if isinstance(problem, dict) else None
    return str(code or "no_answer")[:40]
