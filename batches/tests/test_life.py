"""The life of batches: whatever people, keys and workers do, in any order, the model knows what comes of it.

Some seconds by default, always the same; FUZZ_EXAMPLES=500 plays so many lives, new ones each time.
"""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from batches import results
from batches.models import Batch
from batches.tests.lives import Lives

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))


def play(examples):
    # Finding the shortest life that fails takes minutes.
    phases = [Phase.generate, Phase.shrink] if "FUZZ_EXAMPLES" in os.environ else [Phase.generate]
    how = settings(
        max_examples=examples, stateful_step_count=30, deadline=None, phases=phases,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Lives, settings=how)


def test_no_order_of_acts_leads_where_the_state_table_does_not():
    play(EXAMPLES)


@pytest.fixture
def life():
    """A life that is played by hand, to its end too soon."""
    life = Lives()
    life.begin("live")
    yield life
    transaction.set_rollback(True)
    life.example.__exit__(None, None, None)


def test_life_notices_a_late_result_that_is_stored(life, monkeypatch):
    fence = results.FENCE.replace("AND r.lease_token = o.token", "").replace("r.lease_token\n", "o.token\n")
    monkeypatch.setattr(results, "FENCE", fence)
    life.die(0)

    with pytest.raises(AssertionError):
        life.store(0, "done")


def test_life_notices_a_batch_that_is_never_finished(life, monkeypatch):
    monkeypatch.setattr(results, "finish", lambda ids: None)
    life.claim(4)
    for number in range(3):
        life.store(number, "done")

    with pytest.raises(AssertionError):
        life.rows_are_as_the_model_says()


def test_model_knows_no_way_back_from_cancelled(life):
    life.steer(0, "cancel")

    with pytest.raises(AssertionError, match="from cancelled to processing"):
        life.lives[0].move("processing")


def test_life_asks_the_doctor_at_its_end(life):
    Batch.objects.filter(id=life.lives[0].id).update(done_count=7)

    with pytest.raises(AssertionError, match="page_counts"):
        life.diagnose()
