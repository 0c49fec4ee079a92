"""One attempt at one page: its calls to the provider, and what their failures mean."""

import logging
import random
import time
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson
from django.conf import settings

from batches import families, journal, paid_calls
from batches.calls import Caller
from batches.claims import Claim
from batches.committer import Committer, Database
from batches.contexts import Context
from batches.models import PageRun
from batches.outcomes import HeldError, NoRoomError, UnansweredError
from batches.results import Outcome
from batches.turns import Turns
from batches.window import Window
from nimbus import packing
from optimizer import prompts
from optimizer.errors import (
    CompletionError,
    OptimizerError,
    ProviderBlockedError,
    ProviderError,
    SlowDownError,
)
from optimizer.memory import PageMemory
from optimizer.pipeline import optimize
from optimizer.types import Completion, PageText, Prompt
from projects.prices import UnknownPriceError

logger = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 30.0
# The gate holds back a key that is refused, so its pages need not stay away long.
BLAMELESS_TURNS = 3
# A page that found no room under a cap comes back after so long, when calls under way have ended.
ROOM_WAIT_S = 1.0
# An error of ours will hardly mend itself.
INTERNAL_ATTEMPTS = 3


class Attempt:
    """Works on one claimed page; hand `complete` to the optimizer."""

    def __init__(
        self,
        claim: Claim,
        context: Context,
        window: Window,
        turns: Turns,
        committer: Committer,
        database: Database,
    ) -> None:
        self.claim, self.context = claim, context
        self._turns, self._committer, self._database = turns, committer, database
        self._caller = Caller(context, window, committer)
        self._answers: list[tuple[uuid.UUID | None, Completion]] = []
        # The call that answered each request.
        self._asked: dict[str, uuid.UUID] = {}
        self._started = time.monotonic()

    @property
    def is_calling(self) -> bool:
        return self._caller.is_calling

    async def run(self) -> Outcome:
        """The outcome of this attempt; cancelling it gives none."""
        try:
            if self.claim.body is None:
                raise CompletionError("missing_content", "The text of this page is gone. Upload it again.")
            await self._turns.wait()
            extraction = orjson.loads(packing.unpack(self.claim.body))
            page = PageText.from_extraction(extraction, self.claim.url)
            memory = (
                self.context.memory.page(self._database, self.claim.run_id) if self.context.memory else None
            )
            brief, kin = self.context.brief, self.context.kin
            if kin:
                page = replace(page, siblings=await kin.sisters(page, self._database))
            suggestions = await optimize(page, brief, self.claim.tier, self.complete, memory)
            suggestions = self.context.curve.applied(suggestions)
            if kin:
                kin.hear(page, suggestions)
        except UnansweredError:
            wait_s = float(settings.ECONOMY_POLL_S)
            return self._outcome("queued", parks=True, is_blameless=True, delay_s=wait_s)
        except NoRoomError as error:
            return self._waits_for_room(error)
        except HeldError:
            # What it has bought waits in the journal.
            return self._outcome("queued", message="The batch stands still.", is_blameless=True)
        except UnknownPriceError as error:
            return self._outcome(
                "queued", code=error.code, message=error.message, is_blameless=True, pause_reason="budget"
            )
        except OptimizerError as error:
            return self._failed(error)
        except MemoryError:
            # Another attempt would need as much, and be a danger to the other pages again.
            message = "The page needs more memory than there is. Split it, or leave it out."
            return self._outcome("failed", code="too_large", message=message)
        except Exception:
            logger.exception("Run %s of %s failed", self.claim.run_id, self.claim.batch_id)
            return stumble(self.claim)
        return self._outcome(
            "done",
            suggestions=tuple(suggestions),
            page=page,
            brief_version=self.context.brief.version,
            prompt_version=prompts.VERSION,
            family=families.of_page(page) if kin else "",
            **(self._learned(memory) if memory else {}),
        )

    def _learned(self, memory: PageMemory) -> dict[str, Any]:
        """What the page adds to the memory, and what it needed not buy."""
        learned = memory.learned if self.context.choice.is_paid else {}
        if self.context.memory:
            self.context.memory.learn(learned)
        return {
            "learned": learned,
            "reused_lines": memory.reused,
            "saved_input_tokens": memory.saved_input_tokens,
            "saved_output_tokens": memory.saved_output_tokens,
        }

    async def complete(self, prompt: Prompt) -> Completion:
        """Ask the provider, unless the answer is in the journal already."""
        if not self.context.choice.is_paid:
            completion = await self.context.provider.complete(prompt)
            self._answers.append((None, completion))
            return completion
        call = paid_calls.prepare(self.claim, prompt, self.context.choice.model)
        if call.request_hash in self._asked:
            # Asked once more in the same words: the answer led nowhere, and is not read again.
            self._committer.spoil([self._asked[call.request_hash]])
        elif self.claim.token > 1:
            found = await self._database.persist(
                journal.find, self.claim.batch_id, self.claim.run_id, call.request_hash
            )
            if found:
                self._answers.append(found)
                self._asked[call.request_hash] = found[0]
                return found[1]
        if self.claim.may_wait:
            raise UnansweredError(prompt)
        completion = await self._caller.buy(call, prompt)
        await self._turns.wait()
        self._answers.append((call.id, completion))
        self._asked[call.request_hash] = call.id
        return completion

    def _waits_for_room(self, refusal: NoRoomError) -> Outcome:
        """Calls under way may cost less than is held back for them; else a person has to raise the cap."""
        reason = {"pause_reason": "budget"} if refusal.is_final else {"delay_s": ROOM_WAIT_S}
        return self._outcome(
            "queued", code="budget", message=str(refusal), is_blameless=True, refusal=refusal, **reason
        )

    def _failed(self, error: OptimizerError) -> Outcome:
        if not self._caller.has_failed:
            # The calls went well, their answers did not.
            self._committer.spoil([call for call, _ in self._answers if call])
        if isinstance(error, ProviderBlockedError):
            return self._outcome(
                "queued", code=error.code, message=str(error), is_blameless=True, pause_reason=error.code
            )
        retry_after = retry_after_of(error)
        if isinstance(error, SlowDownError) or (isinstance(error, ProviderError) and self._caller.is_outage):
            # The page is not to blame; how often it came says how long it stays away.
            wait = max(backoff_s(min(self.claim.token, BLAMELESS_TURNS)), retry_after)
            return self._outcome(
                "queued", code=error.code, message=str(error), is_blameless=True, delay_s=wait
            )
        is_worth_a_try = isinstance(error, ProviderError) and self.claim.attempt < PageRun.MAX_ATTEMPTS
        if not is_worth_a_try:
            return self._outcome("failed", code=error.code, message=str(error))
        wait = max(backoff_s(self.claim.attempt), retry_after)
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
            cost_microdollars=self._cost(completions) if is_final else 0,
            duration_ms=round((time.monotonic() - self._started) * 1000),
            **fields,  # type: ignore[arg-type]
        )

    def _cost(self, completions: Iterable[Completion]) -> int:
        return sum(paid_calls.cost_of(c, self.context.choice.model) for c in completions)


def retry_after_of(error: OptimizerError) -> float:
    """Seconds that the provider asked this page to stay away."""
    return (error.retry_after or 0.0) if isinstance(error, ProviderError) else 0.0


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
