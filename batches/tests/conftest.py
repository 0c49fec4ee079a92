"""What several tests of the flow need."""

import pytest

from batches import executor, wakeups
from optimizer.twin import Behaviour, Twin

# Its asserts tell what they saw, as those of a test do.
pytest.register_assert_rewrite("batches.tests.lives")


@pytest.fixture(autouse=True)
def broker_is_trusted(monkeypatch):
    """A test that takes the broker away leaves nothing behind."""
    monkeypatch.setattr(wakeups, "_quiet_until", 0.0)


@pytest.fixture
def twin(settings, monkeypatch):
    """A provider outside of every process that may die; what it was asked is in its stats."""
    with Twin(Behaviour(latency=0.05)) as twin:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-twin", twin.base_url
        monkeypatch.setattr(executor, "LINGER_S", 0.2)
        yield twin
