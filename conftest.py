"""Every test run has its own database and cache (nimbus.services.testing) and works as the app role."""

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import django
import hypothesis
import pytest
from django.conf import settings
from django.db import connections

from nimbus import walls
from nimbus.services.testing import TestRun

# Before the settings are read, and before any other conftest imports a model.
RUN = TestRun()
os.environ.update(RUN.environment())
django.setup()
# Requests are walled in; what a test does by itself, it does as the worker, who sees every tenant.
walls.STAND_IN = "nimbus_worker"
# The real hasher is slow on purpose; hundreds of tests make their own people. Fewer rounds of the
# same one: the product's own processes can check such a password too.
settings.PASSWORD_HASHERS = ["tests.cast.QuickHasher"]
# The usual run is the same every time; one that looks for news says how long: FUZZ_EXAMPLES=1500.
hypothesis.settings.register_profile("same", derandomize=True)
if "FUZZ_EXAMPLES" not in os.environ:
    hypothesis.settings.load_profile("same")


def pytest_sessionstart(session):
    if not session.config.option.collectonly:
        RUN.start()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes():
    """Each process of a parallel run has a database of its own, so none inherits the name of this one's."""
    for name in RUN.environment():
        os.environ.pop(name, None)


def pytest_unconfigure(config):
    RUN.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Made and migrated by the owner; the tests connect as the app."""
    with django_db_blocker.unblock():
        RUN.create_database()
        yield
        connections.close_all()


@pytest.fixture(scope="session")
def test_run():
    """For tests that start processes of their own: the servers' folder and the environment."""
    return RUN


@pytest.fixture(scope="session")
def chromium():
    """The path of Chromium for browser tests; script/test finds or installs one and names it."""
    names = (os.environ.get("NIMBUS_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    for path in filter(None, map(shutil.which, filter(None, names))):
        return path
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail("CI needs a browser: install Chromium or set NIMBUS_CHROMIUM.")
    pytest.skip("NO CHROMIUM: browser tests do not run. Install it, or run ./script/test once.")


# Alice, Bob and Charlie, a project, keys and lines to upload.
pytest_plugins = ["tests.cast", "tests.made_up"]
