"""The craft: one page's text in, suggestions out; plain Python.

Reading order: types → tiers → prompts → provider → completions → checks → weighing, composed in pipeline.
"""

from optimizer.errors import CompletionError, OptimizerError, ProviderBlockedError, ProviderError
from optimizer.pipeline import optimize
from optimizer.types import Block, Brief, Completion, PageText, Prompt, Suggestion, Usage, Verdict

__all__ = [
    "Block",
    "Brief",
    "Completion",
    "CompletionError",
    "OptimizerError",
    "PageText",
    "Prompt",
    "ProviderBlockedError",
    "ProviderError",
    "Suggestion",
    "Usage",
    "Verdict",
    "optimize",
]
