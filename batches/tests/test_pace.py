from datetime import timedelta

import pytest
from django.utils import timezone

from batches import pace
from batches.tests.factories import make_batch


@pytest.mark.django_db
def test_minutes_without_a_page_count_as_none(project):
    now = timezone.now().replace(second=0, microsecond=0)
    batch = make_batch(project, pages=3, status="processing", started_at=now - timedelta(minutes=3))
    ids = list(batch.runs.order_by("id").values_list("pk", flat=True))
    batch.runs.filter(pk__in=ids[:2]).update(finished_at=now - timedelta(minutes=3))
    batch.runs.filter(pk=ids[2]).update(finished_at=now - timedelta(minutes=1))

    assert pace.per_minute(batch)[:3] == [2, 0, 1]


def test_line_needs_two_whole_minutes():
    assert pace.spark([]) is None
    assert pace.spark([5, 3]) is None
    assert pace.spark([5, 3, 1])["line"] == "0.0,2.0 100.0,13.2"


def test_line_of_a_standing_batch_lies_on_the_ground():
    assert pace.spark([0, 0, 0])["line"] == "0.0,30.0 100.0,30.0"


@pytest.mark.django_db
def test_time_left_is_a_range_of_the_last_minutes(project):
    batch = make_batch(project, status="processing", started_at=timezone.now() - timedelta(minutes=9))
    batch.queued_count, batch.uploaded_count = 120, 0

    assert pace.eta(batch, 80, [40, 20, 30, 9]) == "About 3 to 6 min left"
    assert pace.eta(batch, 3, [1, 2]) == "Estimating the time left"
