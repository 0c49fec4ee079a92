"""A call that is paid for: what it asks, the most it may cost, and what came of it."""

import hashlib
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from batches.claims import Claim
from batches.models import ModelCall
from nimbus import clock
from optimizer.types import Completion, Prompt
from projects import prices

# Of a call that was given up before it left the house.
NOT_SENT = "not_sent"
# What the provider wraps around the texts: roles, and the schema of the answer.
FRAME_TOKENS = 400


@dataclass(slots=True)
class Call:
    """One call and, later, what came of it."""

    claim: Claim
    purpose: str
    request_hash: str
    model: str
    # What it may cost at most; stands in the journal until the answer says what it did cost.
    cost_microdollars: int
    # The same in tokens, for the provider's limits.
    tokens: int = 0
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    outcome: str = ModelCall.Outcome.SENT
    completion: Completion | None = None
    error_code: str = ""
    latency_ms: int | None = None
    # In the economy lane: which line of which provider batch it is.
    custom_id: str = ""
    provider_batch_id: int | None = None
    # When it was really sent, by the process's own clock.
    started: float | None = None
    # What it says when it is given up under way.
    given_up: str = "abandoned"
    ended_at: datetime = field(default_factory=clock.now)

    @property
    def was_sent(self) -> bool:
        return self.error_code != NOT_SENT

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started if self.started is not None else 0.0

    def answer(self, completion: Completion, latency_s: float) -> None:
        self.outcome, self.completion = ModelCall.Outcome.ANSWERED, completion
        self.cost_microdollars = cost_of(completion, self.model)
        self._end(latency_s)

    def fail(self, code: str, latency_s: float) -> None:
        """Nothing came back, and nothing is owed."""
        self.outcome, self.error_code, self.cost_microdollars = ModelCall.Outcome.FAILED, code, 0
        self._end(latency_s)

    def lose(self, code: str, latency_s: float) -> None:
        """Given up while under way: it may have to be paid."""
        self.outcome, self.error_code = ModelCall.Outcome.LOST, code
        self._end(latency_s)

    def _end(self, latency_s: float) -> None:
        self.latency_ms = round(latency_s * 1000)
        self.ended_at = clock.now()


def cost_of(completion: Completion, asked: str) -> int:
    """What an answer costs by its own model, or by the one `asked` where its name says nothing."""
    price = prices.find(completion.model) or prices.price_of(asked)
    usage = completion.usage
    return price.cost(
        usage.input_tokens, usage.output_tokens, usage.cached_tokens, is_economy=completion.is_half_price
    )


def prepare(claim: Claim, prompt: Prompt, model: str, is_economy: bool = False) -> Call:
    """A call and the most it can cost. Raises UnknownPriceError."""
    # Four bytes a token is the usual rule, and what the provider's limits are shared by.
    tokens = (len(prompt.system) + len(prompt.user)) // 4
    most = prices.price_of(model).cost(most_input(prompt), prompt.max_output_tokens, is_economy=is_economy)
    return Call(
        claim,
        prompt.purpose[:16],
        request_hash(prompt, model),
        model,
        most,
        tokens + prompt.max_output_tokens,
    )


def most_input(prompt: Prompt) -> int:
    """No token is shorter than a byte: whatever the language, it can't be more."""
    texts = len(prompt.system.encode("utf-8", "replace")) + len(prompt.user.encode("utf-8", "replace"))
    return texts + FRAME_TOKENS


def again(call: Call) -> Call:
    """A second call with the same request."""
    return Call(call.claim, call.purpose, call.request_hash, call.model, call.cost_microdollars, call.tokens)


def request_hash(prompt: Prompt, model: str) -> str:
    # A question keeps its name when some of its lines need no answer any more.
    words = [prompt.system, prompt.user, prompt.schema, prompt.max_output_tokens]
    request = [model, prompt.identity] if prompt.identity else [model, *words]
    return hashlib.sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).hexdigest()
