"""What can go wrong between a prompt and an accepted text.

OptimizerError
├── ProviderError           worth another try: provider_error, timeout, connection, cut_answer
│   └── SlowDownError       worth another try, and no fault of the page: rate_limited
├── ProviderBlockedError    pauses the batch until a person acts: provider_quota, provider_auth
└── CompletionError         final for this page: refused, invalid_output, too_large, model_not_found
"""


class OptimizerError(Exception):
    """The model's side failed; `code` says how, the message says it to people."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class ProviderError(OptimizerError):
    """Worth another try, not before `retry_after` seconds when the provider said so."""

    def __init__(
        self, code: str, retry_after: float | None = None, status: int | None = None, message: str = ""
    ) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after
        self.status = status


class SlowDownError(ProviderError):
    """Too many calls, whoever made them: the key slows down, the page comes again unburnt."""


class ProviderBlockedError(OptimizerError):
    """No call can succeed until someone pays the bill or mends the key."""


class CompletionError(OptimizerError):
    """The same prompt would fail again."""


class UnknownTierError(ValueError):
    """A tier is one of meta, above-fold, full."""


class InlineMarkupError(ValueError):
    """The text is not made of plain text and well-nested numbered tags."""
