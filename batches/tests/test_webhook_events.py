"""Each event of the list is sent by the change itself: pages are worked on, fail, and people decide."""

import pytest

from batches import caps, executor, queue, reviews, webhooks
from batches.models import Suggestion, WebhookDelivery, WebhookEndpoint
from batches.tests.factories import make_batch, make_project
from batches.tests.test_executor import buy as buy
from batches.tests.test_sweep import die
from optimizer.errors import CompletionError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(buy):
    buy()
    made = make_batch(make_project(), pages=2)
    WebhookEndpoint.objects.create(
        organization_id=made.organization_id, project=made.project, url="https://acme.test/",
        events=list(webhooks.EVENTS), secret_ciphertext=b"0",
    )  # fmt: skip
    return queue.submit(made, by="system")


def run():
    executor.run("test-worker", 8, 20, lambda: False)


def told():
    return sorted(WebhookDelivery.objects.values_list("event", flat=True))


def test_done_pages_complete_the_batch_and_the_last_word_its_review(batch):
    run()
    assert told() == ["batch.completed"]

    *first, last = Suggestion.objects.filter(batch=batch, review="pending").exclude(text="")
    for suggestion in first:
        reviews.reject(suggestion, by="system")
    assert told() == ["batch.completed"]
    reviews.reject(last, by="system")
    assert told() == ["batch.completed", "review.completed"]


def test_refused_pages_fail_and_their_batch_with_them(batch, buy):
    async def refuse(provider):
        raise CompletionError("refused", "It can't.")

    buy(refuse)
    run()

    assert told() == ["batch.failed", "page.failed", "page.failed"]
    data = WebhookDelivery.objects.filter(event="page.failed").first().payload["data"]
    assert (data["error"]["code"], data["status"]) == ("refused", "failed")


def test_page_that_kills_its_workers_is_told_of_too(batch):
    die(kills=10)

    assert told() == ["page.failed", "page.failed"]
    codes = {row.payload["data"]["error"]["code"] for row in WebhookDelivery.objects.all()}
    assert codes == {"quarantined"}


def test_cap_is_told_of(batch):
    caps.set_of_project(batch.project, "system", 1)
    run()

    assert told() == ["budget.reached"]


def test_these_are_all_events():
    assert set(webhooks.EVENTS) == {
        "batch.completed", "batch.failed", "page.failed", "review.completed", "budget.reached",
    }  # fmt: skip
