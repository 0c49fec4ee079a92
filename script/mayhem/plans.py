"""How much of what is done to the world: the short run, the long one, and the controls."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plan:
    """`faults` counts each kind; their order is the seed's."""

    pages: int
    faults: dict[str, int]
    window: int = 6
    latency_s: float = 0.3
    lease_s: int = 3
    timeout_s: int = 3
    # The next fault comes once so much more is done, or after this time at the latest.
    pause_s: float = 1.2
    # How long everything may take to come to rest afterwards.
    quiet_s: float = 90
    # One page in so many waits for the half price, in batches of a few.
    economy: int = 5
    # What the provider does all the time, beside the storms. Hostile answers make a page ask once more.
    habits: dict[str, float] = field(default_factory=lambda: {"hostile": 0.1} | LYING_FILES)


HOSTILE = {"hostile": 1.0}
LYING_FILES = dict.fromkeys(("batch_missing", "batch_repeated", "batch_unknown", "batch_errors"), 0.05)

QUICK = Plan(
    pages=320,
    faults={
        "kill_worker": 4, "kill_buyer": 1, "stop_worker": 2, "end_worker": 2, "die_at_a_point": 3,
        "die_in_the_economy": 2, "kill_web": 1, "kill_beat": 1, "second_beat": 1, "restart_broker": 1,
        "lose_broker": 1, "restart_database": 1, "crash_database": 1, "storm": 3, "expire_batches": 1,
        "lose_replies": 1,
    },
)  # fmt: skip
LONG = Plan(
    pages=10_000, window=40, latency_s=1.0, lease_s=6, pause_s=5, quiet_s=600,
    faults={
        "kill_worker": 35, "kill_buyer": 10, "stop_worker": 22, "end_worker": 10, "die_at_a_point": 20,
        "die_in_the_economy": 8, "kill_web": 4, "kill_beat": 4, "second_beat": 2, "restart_broker": 4,
        "lose_broker": 3, "restart_database": 2, "crash_database": 2, "storm": 12, "expire_batches": 3,
        "lose_replies": 3,
    },
)  # fmt: skip


@dataclass(frozen=True)
class Control:
    """What is done to show what one guard is there for, and which figures tell when it is missing."""

    plan: Plan
    signs: frozenset[str]
    # A second wall behind the guard, which would hide that the first one is gone.
    wall: str = ""


CONTROLS = {
    # Two workers at work are enough.
    "locking": Control(
        Plan(pages=160, faults={"kill_beat": 1}, economy=0, pause_s=3, habits={}),
        frozenset({"paid_unexplained", "double_results"}),
    ),
    # Who stood still is patient: it writes its answers once it goes on, long after others did.
    "fencing": Control(
        Plan(pages=80, faults={"stop_worker": 1}, economy=0, timeout_s=20, habits={}),
        frozenset({"double_results"}),
        "ALTER TABLE batches_suggestion DROP CONSTRAINT suggestion_once_a_run",
    ),
    # Each page asks twice, and who dies in between has bought something already.
    "journal": Control(
        Plan(pages=60, faults={"kill_buyer": 3}, latency_s=0.8, pause_s=4, economy=0, habits=HOSTILE),
        frozenset({"bought_twice"}),
    ),
}
