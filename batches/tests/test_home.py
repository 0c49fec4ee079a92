import pytest
from django.urls import reverse

from accounts import audit
from batches.tests.factories import make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, alice, acme):
    client.force_login(alice)
    return client


def home(client, **headers):
    return client.get(reverse("home"), headers=headers).text


def test_first_visit_shows_the_way_to_the_first_page(signed_in):
    page = home(signed_in)

    assert "Three steps to the first improved page" in page
    assert reverse("projects:create") in page


def test_running_batch_shows_how_far_it_is(signed_in, project):
    batch = make_batch(project, pages=4, status="processing", label="Spring")
    batch.runs.filter(page__path="/p1").update(status="done")

    page = home(signed_in)
    assert "1 of 4 pages finished" in page
    assert "3 pages to go" in page


def test_quiet_home_asks_for_nothing_more(signed_in, project):
    make_batch(project, status="completed")

    assert "hx-get" not in home(signed_in)


def test_heartbeat_brings_the_live_part_alone(signed_in, project):
    make_batch(project, status="processing")
    part = home(signed_in, hx_request_type="partial")

    assert "1 page to go" in part
    assert "<html" not in part


def test_last_events_name_who_and_what(signed_in, project, alice):
    batch = make_batch(project, status="processing", label="Spring")
    audit.record(project, "batch.submitted", actor=alice, target=batch, batch=batch.id)
    audit.record(project, "page.completed", target="page_1", message="2 proposed")

    page = home(signed_in)
    assert "Batch submitted" in page
    assert "<i>Alice</i>" in page
    assert "2 proposed" not in page


def test_stranger_sees_nothing_of_it(client, charlie, project):
    make_batch(project, status="processing", label="Spring")
    client.force_login(charlie)

    assert "Spring" not in home(client)


def test_home_asks_the_same_few_questions_for_any_number_of_projects(
    signed_in, make_project, django_assert_max_num_queries
):
    for number in range(12):
        make_batch(make_project(name=f"Site {number}", domain=f"s{number}.test"), status="processing")

    # The month's totals are opened by the first who asks.
    home(signed_in)
    # Session, user, organization; projects, totals, newest; running, caps and spent, sums, newest
    # batches, events, actors.
    with django_assert_max_num_queries(13):
        home(signed_in)
