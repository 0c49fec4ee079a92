"""The quote before a run: pages by kind, within a seventh of the bill, and what the caps leave."""

import orjson
import pytest

from batches import caps, executor, queue, quotes
from batches.models import Batch
from batches.tests.factories import COPY, make_batch, make_project, make_run
from nimbus import packing
from optimizer.twin import Twin
from optimizer.twin.answers import load_canned
from projects.models import SpendTotal
from projects.prices import UnknownPriceError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def twin(settings, monkeypatch):
    with Twin() as twin:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-for-tests", twin.base_url
        monkeypatch.setattr(executor, "LINGER_S", 0.1)
        yield twin


def filled(project, pages, start=0, copy="We mend pipes in street {} of Leeds, by day and by night."):
    batch = make_batch(project, 0)
    for number in range(start, start + pages):
        title = f"Title of the page {number} about pipes and taps"
        make_run(batch, f"/p{number}", title, copy.format(number))
    batch.refresh_from_db()
    return batch


def bought(project, pages, start=0, window=8, **copy):
    batch = queue.submit(filled(project, pages, start, **copy), by="system")
    executor.run("test-worker", window, 30)
    return Batch.objects.get(id=batch.id)


def test_quote_meets_the_bill_once_some_pages_were_bought(twin):
    project = make_project()
    bought(project, 12)
    quote = quotes.of(filled(project, 30, 100))

    batch = bought(project, 30, 200)

    bill = SpendTotal.objects.get(owner=batch.id).spent
    assert abs(quote.live - bill) <= 0.15 * bill
    assert quote.low(quote.live) <= bill <= quote.high(quote.live)
    assert (quote.learnt_from, quote.sampled) == (12, 30)
    assert abs(quote.economy - quote.live / 2) <= 1


def test_quote_meets_the_bill_of_pages_that_get_the_same_text(twin):
    """The model has one description for all of them, so most are asked for another one."""
    said = {
        "label": "description",
        "text": "We mend pipes, boilers and taps in Leeds, by day and by night, too.",
    }
    twin.canned = load_canned([orjson.dumps(said)])
    project = make_project()
    # Nearly one after another, so that most pages hear what the others said.
    bought(project, 12, window=1, copy=COPY)
    quote = quotes.of(filled(project, 30, 100, copy=COPY))

    batch = bought(project, 30, 200, window=1, copy=COPY)

    bill = SpendTotal.objects.get(owner=batch.id).spent
    assert abs(quote.live - bill) <= 0.15 * bill


def test_first_quote_is_wide_and_holds_the_bill(twin):
    project = make_project()
    quote = quotes.of(filled(project, 10))

    batch = bought(project, 10, 100)

    bill = SpendTotal.objects.get(owner=batch.id).spent
    assert quote.learnt_from == 0
    assert 0 < bill <= quote.high(quote.live)


def test_first_quote_of_a_family_counts_what_its_pages_say_of_each_other(twin):
    batch = filled(make_project(), 40)
    for run in batch.runs.select_related("page", "snapshot"):
        place = f"Place {run.page.path}"
        extraction = run.snapshot.extraction | {"dimensions": {"location": place, "service": "Plumber"}}
        extraction["above_fold_blocks"][0]["content"] = f"Plumber in {place}"
        run.snapshot.body = packing.pack(orjson.dumps(extraction))
        run.snapshot.save()
    quote = quotes.of(batch)

    queue.submit(batch, by="system")
    # One page at a time, so that each hears all that were before it.
    executor.run("test-worker", 1, 20)

    taken = SpendTotal.objects.get(owner=batch.id).input_tokens
    assert taken <= quote.input_tokens <= 1.25 * taken


def test_pages_are_told_by_kind(twin):
    project = make_project()
    bought(project, 3)
    batch = filled(project, 2)
    make_run(batch, "/p2", "Another title")
    make_run(batch, "/new", "A page of its own")

    assert quotes.of(batch).pages == {"cached": 2, "changed": 1, "new": 1, "near_duplicate": 0}


def test_pages_that_differ_in_their_dimensions_alone_are_near_duplicates():
    texts = [("Leeds", "Plumber"), ("York", "Plumber"), ("York", "Roofer")]
    pages = [
        quotes.PageText("u", {"title": f"{job} in {city}"}, (), {"location": city, "service": job})
        for city, job in texts
    ]
    other = quotes.PageText("u", {"title": "About us"}, (), {})

    assert quotes.near_duplicates([*pages, other], "meta") == 2


def test_unchanged_pages_cost_nothing_and_the_quote_says_so(twin):
    project = make_project()
    bought(project, 3)

    quote = quotes.of(filled(project, 3))

    assert (quote.pages["cached"], quote.live, quote.input_tokens) == (3, 0, 0)


def test_offline_quote_is_free():
    quote = quotes.of(filled(make_project(), 3))

    assert (quote.model, quote.live, quote.pages["new"]) == ("offline", 0, 3)


def test_model_without_a_price_has_no_quote(twin):
    with pytest.raises(UnknownPriceError, match="mystery-1"):
        quotes.of(filled(make_project(settings={"ai_model": "mystery-1"}), 1))


def test_tightest_cap_is_named(twin):
    batch = filled(make_project(), 1)
    caps.set_of_project(batch.project, "system", 5_000_000)
    caps.set_of_batch(batch, "system", 1_000_000)

    quote = quotes.of(batch)

    assert (quote.left, quote.cap) == (1_000_000, "batch")
