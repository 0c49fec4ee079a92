"""How one attempt at a page ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from batches.claims import Claim
from nimbus import clock
from optimizer import types as optimizer
from projects.books import Total


class UnansweredError(Exception):
    """The page needs an answer that nobody has bought yet, and it can wait for a cheap one."""

    def __init__(self, prompt: optimizer.Prompt) -> None:
        super().__init__(prompt.purpose)
        self.prompt = prompt


class HeldError(Exception):
    """The page is not ours any more, or its batch stands still: no call may be made for it."""


class NoRoomError(HeldError):
    """A cap would be passed if this call took all that it may cost."""

    def __init__(self, total: Total, microdollars: int) -> None:
        self.total, self.microdollars = total, microdollars
        super().__init__(total.refusal(microdollars))

    @property
    def is_final(self) -> bool:
        """Whether waiting for calls under way would not help."""
        return self.total.is_used_up(self.microdollars)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt at a page ended. `status` is done, failed or queued (another try later)."""

    claim: Claim
    status: str
    suggestions: tuple[optimizer.Suggestion, ...] = ()
    page: optimizer.PageText | None = None
    brief_version: int | None = None
    model: str = ""
    prompt_version: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_microdollars: int = 0
    duration_ms: int | None = None
    # Texts to remember by their keys; lines whose text was remembered, and what they would have cost.
    learned: Mapping[str, str] = field(default_factory=dict)
    reused_lines: int = 0
    saved_input_tokens: int = 0
    saved_output_tokens: int = 0
    # Which pages it belongs to.
    family: str = ""
    code: str = ""
    message: str = ""
    delay_s: float = 0.0
    # The page is not to blame, so its attempts stay as they are.
    is_blameless: bool = False
    # It lacks answers that the economy lane shall bring.
    parks: bool = False
    # The batch has to wait for a person: provider_quota or provider_auth.
    pause_reason: str = ""
    # The cap that it waits for, where it does.
    refusal: NoRoomError | None = None
    at: datetime = field(default_factory=clock.now)

    @property
    def proposed(self) -> list[optimizer.Suggestion]:
        """Without the texts that stay as they are."""
        return [s for s in self.suggestions if s.text is None or s.text != s.original]

    @property
    def changes(self) -> int | None:
        return sum(s.text is not None for s in self.proposed) if self.status == "done" else None

    @property
    def confidence(self) -> float | None:
        known = [s.confidence for s in self.proposed if s.confidence is not None]
        return round(sum(known) / len(known), 4) if known else None
