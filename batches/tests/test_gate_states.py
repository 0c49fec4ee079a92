"""Support sees what the workers know of each provider key."""

import time

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User
from batches import providers
from batches.gates import Gate, states
from batches.gates.board import Board
from batches.tests.factories import make_batch
from tests.cast import sign_in


@pytest.fixture
def gate():
    """A key that no other test has worked with."""
    return Gate(f"sk-{time.time_ns()}", f"org_{time.time_ns()}, gpt-5-mini")


async def tell(gate, worker="one", waiting=0):
    board = Board(settings.REDIS_URL, worker)
    await board.sync([gate], waiting)
    await board.aclose()


def told(gate):
    return next(state for state in states.states() if state.name == gate.name)


async def test_key_that_goes_well_is_closed(gate):
    gate.enter(100)
    await tell(gate, waiting=3)

    assert (told(gate).words, told(gate).workers, told(gate).calls) == ("closed", 1, 4)


async def test_open_breaker_of_one_worker_is_seen_beside_anothers_closed_one(gate):
    await tell(gate, "well")
    gate.breaker.trip(time.monotonic() + 30)
    await tell(gate, "ill")

    assert (told(gate).is_down, told(gate).workers) == (True, 2)
    assert told(gate).words in {"open, looks again in 30 s", "open, looks again in 29 s"}
    assert states.states()[0].is_down


async def test_breaker_whose_rest_is_over_lets_one_call_look(gate):
    gate.breaker.trip(time.monotonic() - 1)
    await tell(gate)

    assert told(gate).words == "open, one call looks"


async def test_key_that_was_refused_rests(gate):
    gate.close(20)
    await tell(gate)

    assert told(gate).words.startswith("closed; the key rests for ")
    assert not told(gate).is_down


def test_key_is_told_by_its_owner_never_by_itself(project, settings):
    settings.OPENAI_API_KEY = "sk-of-the-house"
    batch = make_batch(project)

    own = providers.owner_of(providers.Choice("gpt-5-mini", "sk-own", "https://llm.acme.test"), batch)
    assert own == project.organization_id
    assert providers.owner_of(providers.choose(batch), batch) == "the installation"


@pytest.mark.django_db
def test_health_board_shows_the_breakers(monkeypatch):
    down = states.State("org_acme, gpt-5-mini", 2, 7, True, 12, 0, 0.4)
    monkeypatch.setattr(states, "states", lambda: [down])
    staff = sign_in(Client(), User.objects.create_superuser("root@nimbus.test", "a-long-password"))

    page = staff.get(reverse("admin:health")).text

    assert "org_acme, gpt-5-mini" in page
    assert "<strong>open, looks again in 12 s</strong>" in page


@pytest.mark.django_db
@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_health_board_without_valkey_says_so():
    staff = sign_in(Client(), User.objects.create_superuser("root@nimbus.test", "a-long-password"))

    assert "Valkey does not answer" in staff.get(reverse("admin:health")).text
