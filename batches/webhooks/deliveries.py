"""Deliveries that are due: each is taken for a while, sent outside of any transaction, and noted."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from batches.models import WebhookDelivery
from batches.webhooks import endpoints, signing
from nimbus import net
from nimbus.errors import NimbusError

# The waits after each of the ten tries but the last, in seconds: three days in all.
DELAYS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 72_000)
TRIES = len(DELAYS_S) + 1
# Whoever took a delivery and died gives it back by this.
TAKEN_FOR = timedelta(minutes=2)
AT_ONCE = 8
GONE = 410
MAX_BODY_SHOWN = 500


@dataclass(frozen=True)
class Attempt:
    """What came of one try; `status` is 0 where nothing answered."""

    status: int
    duration_ms: int
    error: str = ""
    body: str = ""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def deliver(limit: int = 200) -> int:
    """Send what is due, some at once; how many arrived."""
    arrived = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while limit > 0 and (due := take(min(limit, AT_ONCE))):
            limit -= len(due)
            letters = [(delivery.endpoint.url, *letter(delivery)) for delivery in due]
            attempts = list(pool.map(lambda sent: send(*sent), letters))
            for delivery, attempt in zip(due, attempts, strict=True):
                note(delivery, attempt)
                arrived += attempt.is_good
    return arrived


@transaction.atomic
def take(limit: int) -> list[WebhookDelivery]:
    now = timezone.now()
    due = (
        WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("endpoint__organization")
        .filter(next_attempt_at__lte=now, endpoint__disabled_at=None)
        .order_by("next_attempt_at")
    )
    taken = list(due[:limit])
    ids = [delivery.pk for delivery in taken]
    WebhookDelivery.objects.filter(id__in=ids).update(next_attempt_at=now + TAKEN_FOR)
    return taken


def letter(delivery: WebhookDelivery) -> tuple[bytes, dict[str, str]]:
    """The body and its headers; a replay has the same id, so that a receiver can tell."""
    body = orjson.dumps(delivery.payload)
    keys = endpoints.secrets_of(delivery.endpoint)
    return body, signing.headers(keys, delivery.message_id, int(time.time()), body)


def send(url: str, body: bytes, headers: dict[str, str]) -> Attempt:
    began = time.monotonic()
    try:
        answer = net.post(url, body, headers)
    except NimbusError as error:
        return Attempt(0, round((time.monotonic() - began) * 1000), error.message[:300])
    shown = answer.body[:MAX_BODY_SHOWN].decode("utf-8", errors="replace").replace("\0", "")
    return Attempt(answer.status, round(answer.duration_s * 1000), "", shown)


@transaction.atomic
def note(delivery: WebhookDelivery, attempt: Attempt) -> None:
    """Write one try down, and what follows from it for the delivery and its endpoint."""
    now = timezone.now()
    entry: dict[str, Any] = {"at": now.isoformat(), **vars(attempt)}
    delivery.attempts = [*delivery.attempts, entry]
    delivery.tries += 1
    delivery.next_attempt_at = None
    if attempt.is_good:
        delivery.delivered_at = now
    elif attempt.status == GONE:
        endpoints.disable(delivery.endpoint, "gone")
    elif delivery.tries < TRIES:
        delay_s = DELAYS_S[delivery.tries - 1] * random.uniform(0.9, 1.1)  # noqa: S311
        delivery.next_attempt_at = now + timedelta(seconds=delay_s)
    else:
        endpoints.disable(delivery.endpoint, "failing")
    delivery.save(update_fields=["attempts", "tries", "next_attempt_at", "delivered_at"])
