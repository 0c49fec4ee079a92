"""A worker in a process of its own that dies at a fault point, against the real database and the twin."""

import os
import signal
import traceback
import warnings

from django.db import connection

from batches import executor, queue
from batches.models import PageRun


def dies_at(point, settings, act):
    """Whether a child that does `act` with `point` armed is killed there."""
    settings.FAULT_POINTS = {point: 1.0}
    child = grown(act)
    settings.FAULT_POINTS = {}
    return ending(child) == -signal.SIGKILL


def grown(act):
    """A child that does `act` and ends; its process id."""
    with warnings.catch_warnings():
        # It has one thread of its own and never looks back.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        # The parent's connection is left alone: closing it here would end it there.
        connection.connection = None
        signal.alarm(120)
        try:
            act()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    return child


def ending(child):
    """The child's exit code once it has ended; a signal is negative."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def work(window=4):
    executor.run("worker", window, 20)


def bury():
    """The dead worker's leases run out, the sweep takes its pages back."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE batches_pagerun SET lease_expires_at = now() WHERE status = 'processing'")
    queue.reclaim()


def states(batch):
    return set(PageRun.objects.filter(batch=batch).values_list("status", flat=True))
