"""What a batch may become, told once more: the state table of the design and a model of it in Python.

The model knows nothing of the product's code. Each of its moves has to stand in the table.
"""

from dataclasses import dataclass, field

BATCH = {
    "uploading": {"queued", "cancelled"},
    "queued": {"processing", "paused", "completed", "cancelled"},
    "processing": {"paused", "completed", "failed", "cancelled"},
    "paused": {"processing", "cancelled"},
    "completed": {"processing"},
    "failed": {"processing"},
    "cancelled": set(),
}
PAGE = {
    "uploaded": {"queued", "skipped", "cancelled"},
    "queued": {"processing", "cancelled"},
    "processing": {"done", "failed", "queued", "cancelled"},
    "failed": {"queued"},
    "done": set(),
    "skipped": set(),
    "cancelled": set(),
}
OPEN_PAGES = {"uploaded", "queued", "processing"}
OPEN_BATCHES, RUNNABLE = {"uploading", "queued", "processing", "paused"}, {"queued", "processing"}


@dataclass
class Run:
    number: int
    path: str
    text: str
    status: str = "uploaded"

    def move(self, to):
        assert to in PAGE[self.status], f"a page went from {self.status} to {to}"
        self.status = to


@dataclass
class Life:
    """One batch as it should be."""

    id: str
    tier: str
    status: str = "uploading"
    runs: dict[str, Run] = field(default_factory=dict)

    def move(self, to):
        assert to in BATCH[self.status], f"a batch went from {self.status} to {to}"
        self.status = to

    def count(self, *statuses):
        return sum(run.status in statuses for run in self.runs.values())

    @property
    def ended_well(self):
        return self.count("done", "skipped") > 0 or not self.count("failed")

    def finish(self):
        """The last open page is gone."""
        if self.status in RUNNABLE and self.runs and not self.count(*OPEN_PAGES):
            self.move("completed" if self.ended_well else "failed")

    def submit(self, others):
        """Close the upload; whether it was possible. Pages with results that hold are skipped."""
        if self.status != "uploading" or not self.runs:
            return False
        self.move("queued")
        for run in self.runs.values():
            known = [(r, b) for b in others if b is not self for r in b.runs.values() if r.path == run.path]
            done = [(r.number, r.text, b.tier) for r, b in known if r.status in {"done", "skipped"}]
            run.move("skipped" if done and max(done)[1:] == (run.text, self.tier) else "queued")
        self.finish()
        return True

    def pause(self):
        return self.status in RUNNABLE and not self.move("paused")

    def resume(self):
        if self.status != "paused":
            return False
        self.move("processing")
        self.finish()
        return True

    def cancel(self):
        if self.status not in OPEN_BATCHES:
            return False
        self.move("cancelled")
        for run in self.runs.values():
            if run.status in OPEN_PAGES:
                run.move("cancelled")
        return True

    def retry(self, runs):
        failed = [run for run in runs if run.status == "failed"]
        if self.status in {"uploading", "cancelled"} or not failed:
            return False
        if self.status in {"completed", "failed"}:
            self.move("processing")
        for run in failed:
            run.move("queued")
        return True

    def claim(self, run):
        assert self.status in RUNNABLE, f"a page of a {self.status} batch was claimed"
        if self.status == "queued":
            self.move("processing")
        run.move("processing")

    def store(self, run, status):
        run.move(status)
        self.finish()


def decided(row, act, reason):
    """The review of a suggestion after this act; unchanged where it is refused."""
    has_text = bool(row.text or row.decided_text)
    may = {
        "approve": has_text and (row.level != "hold" or reason or row.decided_text),
        "reject": True,
        "edit": bool(row.text),
        "undo": row.review != "pending",
    }
    after = {"approve": "approved", "reject": "rejected", "edit": "approved", "undo": "pending"}
    return after[act] if may[act] else row.review
