"""One attempt at one page: its calls to the provider, and what their failures mean."""

import asyncio
import logging
import random
import time
import uuid
from dataclasses import dataclass, field

import orjson
from django.conf import settings

from batches import briefs, engines, journal, providers
from batches.claims import Claim
from batches.committer import Committer, Database
from batches.models import Batch, PageRun
from batches.results import Outcome
from batches.window import Window
from nimbus import packing
from optimizer import prompts
from optimizer.errors import CompletionError, OptimizerError, ProviderBlockedError, ProviderError
from optimizer.pipeline import optimize
from optimizer.types import Brief, Completion, PageText, Prompt

logger = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 30.0
# The provider may have answered, and charge for it, though no answer was read.
MAYBE_PAID = {"timeout", "connection", "cut_answer"}
# An error of ours will hardly mend itself.
INTERNAL_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Context:
    """What all pages of a batch share."""

    provider: providers.Provider
    choice: providers.Choice
    brief: Brief
    concurrency: int
    loaded_at: float = field(default_factory=time.monotonic)


def load(batch_id: str, pool: "dict[providers.Choice, providers.Provider]") -> Context:
    batch = Batch.objects.select_related("project").get(id=batch_id)
    choice = providers.choose(batch)
    if choice not in pool:
        pool[choice] = engines.make(choice)
    concurrency = max(1, int(batch.project.setting("default_concurrency")))
    return Context(pool[choice], choice, briefs.current(batch.project), concurrency)


class Attempt:
    """Works on one claimed page; hand `complete` to the optimizer."""

    def __init__(
        self, claim: Claim, context: Context, window: Window, committer: Committer, database: Database
    ) -> None:
        self.claim, self.context = claim, context
        self._window, self._committer, self._database = window, committer, database
        self.is_calling = False
        # Whether the last failure came from the call itself and not from its answer.
        self._has_call_failed = False
        self._answers: list[tuple[uuid.UUID | None, Completion]] = []
        self._started = time.monotonic()

    async def run(self) -> Outcome:
        """The outcome of this attempt; cancelling it gives none."""
        try:
            if self.claim.body is None:
                raise CompletionError("missing_content", "The text of this page is gone. Upload it again.")
            extraction = orjson.loads(packing.unpack(self.claim.body))
            page = PageText.from_extraction(extraction, self.claim.url)
            suggestions = await optimize(page, self.context.brief, self.claim.tier, self.complete)
        except OptimizerError as error:
            return self._failed(error)
        except Exception:
            logger.exception("Run %s of %s failed", self.claim.run_id, self.claim.batch_id)
            return stumble(self.claim)
        return self._outcome(
            "done",
            suggestions=tuple(suggestions),
            page=page,
            brief_version=self.context.brief.version,
            prompt_version=prompts.VERSION,
        )

    async def complete(self, prompt: Prompt) -> Completion:
        """Ask the provider, unless the answer is in the journal already."""
        self._has_call_failed = False
        if not self.context.choice.is_paid:
            completion = await self.context.provider.complete(prompt)
            self._answers.append((None, completion))
            return completion
        call = journal.prepare(self.claim, prompt, self.context.choice.model)
        if self.claim.token > 1:
            found = await self._database.run(journal.find, self.claim.batch_id, call.request_hash)
            if found:
                self._answers.append(found)
                return found[1]
        return await self._buy(call, prompt)

    async def _buy(self, call: journal.Call, prompt: Prompt) -> Completion:
        started = None
        try:
            # The journal first: a slot is taken only once the call may be made.
            await self._committer.send(call)
            async with self._window.slot(self.claim.project_id, self.context.concurrency):
                self.is_calling, started = True, time.monotonic()
                completion = await self._ask(prompt)
        except asyncio.CancelledError:
            if started is None:
                call.fail("not_sent", 0)
            else:
                call.lose("abandoned", time.monotonic() - started)
            self._committer.end(call)
            raise
        except Exception as error:
            self._has_call_failed = True
            code = error.code if isinstance(error, OptimizerError) else "internal"
            end = call.lose if code in MAYBE_PAID else call.fail
            end(code, time.monotonic() - (started or time.monotonic()))
            self._committer.end(call)
            raise
        finally:
            self.is_calling = False
        call.answer(completion, time.monotonic() - started)
        self._committer.end(call)
        self._answers.append((call.id, completion))
        return completion

    async def _ask(self, prompt: Prompt) -> Completion:
        try:
            async with asyncio.timeout(settings.OPENAI_TIMEOUT_S):
                return await self.context.provider.complete(prompt)
        except TimeoutError as error:
            raise ProviderError("timeout", message="The provider did not answer in time.") from error

    def _failed(self, error: OptimizerError) -> Outcome:
        if not self._has_call_failed:
            # The calls went well, their answers did not.
            self._committer.spoil([call for call, _ in self._answers if call])
        if isinstance(error, ProviderBlockedError):
            return self._outcome(
                "queued", code=error.code, message=str(error), is_blameless=True, pause_reason=error.code
            )
        is_worth_a_try = isinstance(error, ProviderError) and self.claim.attempt < PageRun.MAX_ATTEMPTS
        if not is_worth_a_try:
            return self._outcome("failed", code=error.code, message=str(error))
        wait = max(backoff_s(self.claim.attempt), getattr(error, "retry_after", None) or 0.0)
        return self._outcome("queued", code=error.code, message=str(error), delay_s=wait)

    def _outcome(self, status: str, **fields: object) -> Outcome:
        completions = [completion for _, completion in self._answers]
        is_final = status != "queued"
        return Outcome(
            self.claim,
            status,
            model=completions[-1].model if completions else self.context.choice.model,
            # The final attempt counts them all: it reads what earlier ones bought from the journal.
            input_tokens=sum(c.usage.input_tokens for c in completions) if is_final else 0,
            output_tokens=sum(c.usage.output_tokens for c in completions) if is_final else 0,
            cost_microdollars=sum(journal.cost_of(c) for c in completions) if is_final else 0,
            duration_ms=round((time.monotonic() - self._started) * 1000),
            **fields,  # type: ignore[arg-type]
        )


def stumble(claim: Claim) -> Outcome:
    """An error of ours: tried again a few times, then said without its internals."""
    message = "Something went wrong on our side. Retry the page, or tell support its id."
    if claim.attempt < INTERNAL_ATTEMPTS:
        wait = backoff_s(claim.attempt)
        return Outcome(claim, "queued", code="internal", message=message, delay_s=wait)
    return Outcome(claim, "failed", code="internal", message=message)


def backoff_s(attempt: int) -> float:
    """Full jitter, so that pages which failed together do not come back together."""
    return random.uniform(0, min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0**attempt))  # noqa: S311
