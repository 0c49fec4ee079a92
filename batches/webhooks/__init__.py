"""Events for customers' own servers, by Standard Webhooks 1.0: at least once, signed, every attempt kept."""

from batches.webhooks.deliveries import deliver
from batches.webhooks.events import EVENTS, tell_batch, tell_budget, tell_pages, tell_review

__all__ = ["EVENTS", "deliver", "tell_batch", "tell_budget", "tell_pages", "tell_review"]
