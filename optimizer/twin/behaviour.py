"""How the twin behaves: a function of seed, request and attempt, so that a run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

OK = "ok"
# Shares of calls, in the order in which the dice are read. PAID ones have cost the provider its work.
FAULTS = (
    "rate_limited",
    "silent_rate_limited",
    "server_error",
    "hang",
    "reset",
    "cut_body",
    "cut_json",
    "invalid_json",
    "fenced_json",
    "wrong_ids",
    "hostile",
    "refusal",
)
PAID = frozenset({OK, *FAULTS[4:]})
KEY_STATES = ("ok", "invalid", "no_quota")
LIMITS = ("announced", "silent")
LATENCIES = ("fixed", "lognormal")
# Shares of the lines of a provider batch, each with dice of its own.
BATCH_FAULTS = (
    "batch_missing",
    "batch_repeated",
    "batch_unknown",
    "batch_cut",
    "batch_errors",
    "batch_reply_lost",
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Latency in seconds, shares of faults in 0..1, announced limits (0 requests a minute: none).

    `batch_…` is for the batch lane: how long a provider batch takes and when it expires, shares of lines that
    are missing, repeated, of unknown ids, cut or in the error file, the code that validation fails with, and
    how many tokens may wait (0: any number).
    """

    seed: int = 1
    latency: float = 1.0
    latency_kind: str = "fixed"
    sigma: float = 0.87
    rate_limited: float = 0
    silent_rate_limited: float = 0
    server_error: float = 0
    hang: float = 0
    reset: float = 0
    cut_body: float = 0
    cut_json: float = 0
    invalid_json: float = 0
    fenced_json: float = 0
    wrong_ids: float = 0
    hostile: float = 0
    refusal: float = 0
    retry_after: float = 2.0
    # A call may have been on its way for so long when another one was refused.
    travel: float = 0.05
    requests_per_minute: int = 0
    # announced in headers, or silent: then only refusals tell of them.
    limits: str = "announced"
    key_state: str = "ok"
    # What its second opinion minds in the first line, as in "accuracy major".
    objection: str = ""
    batch_seconds: float = 1.0
    batch_window: float = 86_400.0
    batch_missing: float = 0
    batch_repeated: float = 0
    batch_unknown: float = 0
    batch_cut: float = 0
    batch_errors: float = 0
    # The provider batch is made, but its maker never hears of it.
    batch_reply_lost: float = 0
    batch_shuffled: float = 1.0
    batch_invalid: str = ""
    batch_enqueued_tokens: int = 0

    def __post_init__(self) -> None:
        shares = [getattr(self, fault) for fault in FAULTS]
        if not all(0 <= share <= 1 for share in shares) or sum(shares) > 1.000001:
            raise ValueError("The shares of faults lie in 0..1 and add up to at most 1.")
        if not all(0 <= getattr(self, fault) <= 1 for fault in BATCH_FAULTS):
            raise ValueError("The shares of a provider batch's lines lie in 0..1.")
        chosen = {self.key_state: KEY_STATES, self.latency_kind: LATENCIES, self.limits: LIMITS}
        if not all(name in known for name, known in chosen.items()) or self.latency < 0:
            raise ValueError("key_state, latency_kind, limits or latency is not one of the known ones.")

    def changed(self, wanted: Mapping[str, Any]) -> Behaviour:
        """The same with some fields replaced; ValueError names what is unknown or of the wrong type."""
        kinds = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        for name, value in wanted.items():
            kind = kinds.get(name)
            if kind is None or isinstance(value, bool) or isinstance(value, str) is not (kind is str):
                raise ValueError(f"Unknown field or wrong type: {name}")
        return replace(self, **wanted)

    def draw(self, request: str, attempt: int) -> tuple[str, float]:
        """Outcome and latency of one attempt; the same call always draws the same."""
        # Not for secrets: a repeatable die is the purpose.
        dice = random.Random(f"{self.seed}:{request}:{attempt}")  # noqa: S311
        roll, outcome = dice.random(), OK
        for fault in FAULTS:
            roll -= getattr(self, fault)
            if roll < 0:
                outcome = fault
                break
        if self.latency_kind == "lognormal":
            return outcome, self.latency * dice.lognormvariate(0, self.sigma)
        return outcome, self.latency

    def strikes(self, fault: str, what: str) -> bool:
        """Whether this fault of the batch lane happens here; the same line always draws the same."""
        share: float = getattr(self, fault)
        return random.Random(f"{self.seed}:{fault}:{what}").random() < share  # noqa: S311

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
