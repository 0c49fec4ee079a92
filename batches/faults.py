"""Named places where a process dies when it is told to, so that tests and chaos meet every half state.

`NIMBUS_FAULT_POINTS` names them, each with the share of times it strikes: `inside_commit,after_commit:0.01`.
Where it names none, `strike` does nothing.
"""

import logging
import os
import random
import signal

from django.conf import settings

logger = logging.getLogger(__name__)

POINTS = {
    "after_claim": "pages are leased, nobody has started on them",
    "after_journal_before_call": "calls stand in the journal as sent, none of them was made",
    "after_answer_before_commit": "an answer has come, the journal does not know it",
    "before_result": "a page's answers are on their way to the journal, its outcome is not",
    "inside_commit": "a group commit has written everything and is not committed",
    "after_commit": "a group commit is through, the executor does not know it",
    "inside_finish": "a batch was ended and its report written, nothing is committed",
    "after_release": "leases were handed back, nobody was told",
    "inside_sweep": "dead leases were taken back, their batches are not looked at",
    "before_wakeup": "pages are queued, the wake-up is not sent",
    "economy_after_gather": "pages are in a provider batch, nothing is written or sent",
    "economy_after_journal": "the requests stand in the journal, no file is uploaded",
    "economy_after_upload": "the file is at the provider, its id is not stored",
    "economy_after_create": "the provider works on the batch, its id is not stored",
    "economy_inside_collect": "some answers are in the journal, others are not",
    "economy_before_end": "the pages go on, their provider batch has not ended",
    "after_mail_before_mark": "a mail was sent, its row does not say so",
}


def strike(name: str) -> None:
    """Die here if `name` is armed: at once, with nothing put in order."""
    if not settings.FAULT_POINTS:
        return
    share = settings.FAULT_POINTS.get(name, 0.0)
    # Not for secrets: a die is the purpose.
    if share and random.random() < share:  # noqa: S311
        logger.warning("Fault point %s strikes", name)
        os.kill(os.getpid(), signal.SIGKILL)
