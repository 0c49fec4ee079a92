"""One paid call: written in the journal, let through the gate, given a deadline, its end written down."""

import asyncio
import time

from django.conf import settings

from batches import hedging, paid_calls
from batches.committer import Committer
from batches.contexts import Context
from batches.outcomes import HeldError
from batches.window import Window
from optimizer.errors import OptimizerError, ProviderBlockedError, ProviderError, SlowDownError
from optimizer.types import Completion, Prompt

# The provider may have answered, and charge for it, though no answer was read.
MAYBE_PAID = {"timeout", "connection", "cut_answer"}
# Failures that say something about the provider, not about this page.
OUTAGES = {"provider_error", "timeout", "connection"}


class Caller:
    """Makes the calls of one attempt at one page."""

    def __init__(self, context: Context, window: Window, committer: Committer) -> None:
        self._context, self._window, self._committer = context, window, committer
        self._under_way = 0
        # Whether the last failure came from the call itself and not from its answer.
        self.has_failed = False
        # Whether the provider was down when it failed.
        self.is_outage = False

    @property
    def is_calling(self) -> bool:
        return self._under_way > 0

    async def buy(self, call: paid_calls.Call, prompt: Prompt) -> Completion:
        self.has_failed = False
        gate = self._context.gate
        if not self._context.hedges:
            return await self._make(call, prompt)
        again = paid_calls.again(call)
        return await hedging.race(
            lambda: self._make(call, prompt),
            lambda: self._make(again, prompt),
            lambda: self._hedge_in_s(call, prompt),
            lambda: hedging.start(gate, call, again),
        )

    def _hedge_in_s(self, call: paid_calls.Call, prompt: Prompt) -> float | None:
        """Seconds until this call is so slow that a second one is worth its price; None for not now."""
        after_s = self._context.gate.patience.hedge_after_s(prompt.max_output_tokens)
        if call.started is None or after_s is None or not hedging.is_free(self._window, self._context.gate):
            return None
        return max(0.0, call.started + after_s - time.monotonic())

    async def _make(self, call: paid_calls.Call, prompt: Prompt) -> Completion:
        gate, claim = self._context.gate, call.claim
        try:
            # The journal first: a slot is taken only once the call may be made.
            await self._committer.send(call)
            async with self._window.slot(
                claim.organization_id, claim.project_id, self._context.concurrency, gate, call.tokens
            ):
                self._under_way += 1
                call.started = time.monotonic()
                try:
                    completion = await self._ask(call, prompt)
                finally:
                    self._under_way -= 1
        except HeldError:
            raise
        except asyncio.CancelledError:
            if call.started is None:
                call.fail(paid_calls.NOT_SENT, 0)
            else:
                call.lose(call.given_up, call.seconds)
            self._committer.end(call)
            raise
        except Exception as error:
            self.has_failed = True
            code = error.code if isinstance(error, OptimizerError) else "internal"
            end = call.lose if code in MAYBE_PAID else call.fail
            end(code, call.seconds)
            self._committer.end(call)
            raise
        call.answer(completion, call.seconds)
        self._committer.end(call)
        return completion

    async def _ask(self, call: paid_calls.Call, prompt: Prompt) -> Completion:
        """The answer; what it says about the provider goes to the gate before the slot is free again."""
        gate, provider = self._context.gate, self._context.provider
        allowance, most_s = prompt.max_output_tokens, settings.OPENAI_TIMEOUT_S
        try:
            async with gate.patience.deadline(allowance, most_s, call.claim.attempt):
                completion = await provider.complete(prompt)
        except TimeoutError as error:
            self.is_outage = gate.fail()
            raise ProviderError("timeout", message="The provider did not answer in time.") from error
        except SlowDownError as error:
            gate.refuse(provider.rate_limit, error.retry_after)
            raise
        except ProviderBlockedError:
            gate.block()
            raise
        except ProviderError as error:
            if error.code in OUTAGES:
                self.is_outage = gate.fail()
                if self.is_outage and error.retry_after:
                    gate.close(error.retry_after)
            raise
        usage = completion.usage
        gate.succeed(provider.rate_limit, call.tokens - usage.input_tokens - usage.output_tokens)
        gate.patience.note(allowance, call.seconds)
        return completion
