"""Batches of one project, lived by hypothesis: over the API, the dashboard and the worker's own steps.

After each act the rows have to be as the model says, and at the end the doctor has to find nothing.
"""

from datetime import timedelta

import orjson
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from accounts.models import DataExport
from batches import doctor, queue, results, tasks
from batches.models import Batch, PageRun, Suggestion
from batches.outcomes import Outcome
from batches.tests.factories import make_project
from batches.tests.life import OPEN_BATCHES, RUNNABLE, Life, Run, decided
from batches.tests.stock import line, proposals
from optimizer import prompts
from projects.models import APIKey
from tests.cast import ApiClient, sign_in

PATHS, TEXTS = ("/", "/about", "/prices"), ("Old title", "Another title")
PICK = st.integers(0, 11)
# Promises about the whole installation, which other tests and their files share.
QUESTIONS = [name for name in doctor.NAMES if name not in {"files", "beat"}]


class Lives(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.project = make_project()
        self.organization = self.project.organization
        self.owner = sign_in(Client(), self.project.creator)
        self.api = ApiClient(APIKey.objects.issue(self.organization, "CI", project=self.project)[1])
        DataExport.objects.create(
            user=self.project.creator, organization_id=self.organization.id, status="ready",
            expires_at=timezone.now() + timedelta(days=1),
        )  # fmt: skip
        self.lives, self.hands, self.runs_made, self.acts, self.is_closed = [], [], 0, 0, False

    def teardown(self):
        try:
            self.diagnose()
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def diagnose(self):
        found = [finding for finding in doctor.examine(QUESTIONS) if not finding.is_well]
        assert not found, "\n".join(doctor.lines(found))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def some(self, pick):
        return self.lives[pick % len(self.lives)]

    def write(self, path, body=None, **fields):
        """A POST of the key; nothing comes of it while the organization is closed."""
        answer = self.api.send(path, body, **fields)
        assert (answer.status_code == 403) == self.is_closed, answer.content
        return None if self.is_closed else answer

    def act(self, life, action, what_comes):
        """The same request twice is one act with one answer."""
        self.acts += 1
        key = {"HTTP_IDEMPOTENCY_KEY": f"act-{self.acts}"}
        if first := self.write(f"batches/{life.id}/{action}", **key):
            again = self.write(f"batches/{life.id}/{action}", **key)
            is_done = what_comes()
            assert first.status_code in ((202,) if is_done else (409, 422)), first.content
            assert not is_done or again.json() == first.json()

    @initialize(lane=st.sampled_from(["live", "economy"]))
    def begin(self, lane):
        """Each life begins with a batch under way."""
        self.create("meta", lane)
        self.upload(0, set(PATHS), TEXTS[0])
        self.submit(0)
        self.claim(2)

    @precondition(lambda self: len(self.lives) < 4)
    @rule(tier=st.sampled_from(["meta", "above-fold", "full"]), lane=st.sampled_from(["live", "economy"]))
    def create(self, tier, lane):
        if answer := self.write(f"projects/{self.project.id}/batches", {"tier": tier, "lane": lane}):
            self.lives.append(Life(answer.json()["batch_id"], tier))

    @precondition(lambda self: self.lives)
    @rule(pick=PICK, paths=st.sets(st.sampled_from(PATHS), min_size=1), text=st.sampled_from(TEXTS))
    def upload(self, pick, paths, text):
        life = self.some(pick)
        body = b"\n".join([*(orjson.dumps(line(path, text)) for path in sorted(paths)), b'{"torn'])
        answer = self.write(f"batches/{life.id}/pages", body, content_type="application/x-ndjson")
        if not answer or life.status != "uploading":
            assert not answer or answer.status_code == 409
            return
        told = answer.json()
        assert (told["accepted"] + told["replaced"], told["rejected"]) == (len(paths), 1)
        for path in sorted(paths):
            self.runs_made += 1
            life.runs.setdefault(path, Run(self.runs_made, path, text)).text = text

    @precondition(lambda self: self.lives)
    @rule(pick=PICK)
    def submit(self, pick):
        life = self.some(pick)
        self.act(life, "submit", lambda: life.submit(self.lives))

    @precondition(lambda self: self.lives)
    @rule(pick=PICK, action=st.sampled_from(["pause", "resume", "cancel"]))
    def steer(self, pick, action):
        # Who cancels all the time sees little else.
        action = "pause" if action == "cancel" and pick else action
        life = self.some(pick)
        self.act(life, action, getattr(life, action))

    @precondition(lambda self: self.lives)
    @rule(pick=PICK)
    def retry(self, pick):
        life = self.some(pick)
        self.act(life, "retry", lambda: life.retry(life.runs.values()))

    @precondition(lambda self: any(life.runs for life in self.lives))
    @rule(path=st.sampled_from(PATHS))
    def process_now(self, path):
        """The newest run of a page goes before all others, or once more."""
        mine = [(life.runs[path].number, life) for life in self.lives if path in life.runs]
        if not mine:
            return
        life = max(mine)[1]
        run, page = life.runs[path], PageRun.objects.filter(batch=life.id, page__path=path).get().page_id
        if answer := self.write(f"projects/{self.project.id}/pages/{page}/process"):
            can = life.status in RUNNABLE and run.status == "queued"
            can = can or (life.status != "paused" and life.retry([run]))
            assert answer.status_code == (202 if can else 409), answer.content

    @precondition(lambda self: self.lives)
    @rule(pick=PICK, priority=st.integers(1, 10))
    def prioritize(self, pick, priority):
        life = self.some(pick)
        if answer := self.write(f"batches/{life.id}/priority", {"priority": priority}):
            is_open = life.status in OPEN_BATCHES
            assert answer.status_code == (202 if is_open else 409), answer.content

    @rule(limit=st.integers(1, 4))
    def claim(self, limit):
        waiting = sum(life.count("queued") for life in self.lives if life.status in RUNNABLE)
        claims = queue.claim("a worker", limit)
        assert len(claims) == min(limit, waiting)
        for claim in claims:
            life, run = self.held(claim)
            life.claim(run)
            self.hands.append((claim, True))

    def held(self, claim):
        life = next(life for life in self.lives if life.id == claim.batch_id)
        return life, life.runs[claim.url.removeprefix("https://acme.test")]

    def is_held(self, claim):
        """Whether the model knows this very claim to be the page's newest, and not taken away."""
        newest = [other for other, _ in self.hands if other.run_id == claim.run_id][-1]
        return newest is claim and (claim, True) in self.hands and self.held(claim)[1].status == "processing"

    def let_go(self, claim):
        """It may still come back late."""
        self.hands[self.hands.index((claim, True))] = (claim, False)

    @precondition(lambda self: self.hands)
    @rule(pick=PICK, status=st.sampled_from(["done", "done", "failed", "queued"]))
    def store(self, pick, status):
        """A worker's result, in time or late."""
        claim, _ = self.hands[pick % len(self.hands)]
        if status == "queued" and claim.attempt == PageRun.MAX_ATTEMPTS:
            status = "failed"
        life, run = self.held(claim)
        wins = self.is_held(claim)
        won = results.store([self.outcome(claim, status)])
        assert won == ({claim.run_id} if wins else set())
        if wins:
            life.store(run, status)
            self.let_go(claim)

    def outcome(self, claim, status):
        if status != "done":
            return Outcome(claim, status, code="timeout", message="No answer.")
        page, said = proposals(claim.body, claim.url, claim.tier)
        return Outcome(
            claim, "done", suggestions=said, page=page, brief_version=0, model="offline",
            prompt_version=prompts.VERSION,
        )  # fmt: skip

    @precondition(lambda self: self.hands)
    @rule(pick=PICK)
    def hand_back(self, pick):
        claim, _ = self.hands[pick % len(self.hands)]
        wins = self.is_held(claim)
        assert queue.release([claim]) == wins
        if wins:
            self.held(claim)[1].move("queued")
            self.let_go(claim)

    @precondition(lambda self: self.hands)
    @rule(pick=PICK)
    def die(self, pick):
        """The worker of a page goes silent, its lease runs out, another takes the page."""
        claim, _ = self.hands[pick % len(self.hands)]
        if self.is_held(claim):
            PageRun.objects.filter(id=claim.run_id).update(lease_expires_at=timezone.now() - timedelta(1))
            self.held(claim)[1].move("queued")
            self.let_go(claim)
        self.sweep()
        self.claim(4)

    @precondition(lambda self: any(not is_ours for _, is_ours in self.hands))
    @rule(pick=PICK, status=st.sampled_from(["done", "failed", "queued"]))
    def come_late(self, pick, status):
        late = [n for n, (_, is_ours) in enumerate(self.hands) if not is_ours]
        self.store(late[pick % len(late)], status)

    @rule()
    def sweep(self):
        """Takes back what the dead held, and holds a closing organization; twice is once."""
        for _ in range(2):
            tasks.sweep()
        for life in self.lives if self.is_closed else ():
            life.pause()

    @precondition(lambda self: self.lives)
    @rule(pick=PICK)
    def close_or_keep(self, pick):
        if self.is_closed or not pick:
            act = "keep" if self.is_closed else "delete"
            door = f"/you/organizations/{self.organization.id}/{act}"
            assert self.owner.post(door, {"name": self.organization.name}).status_code == 302
            self.is_closed = not self.is_closed

    @rule(
        pick=PICK,
        act=st.sampled_from(["approve", "reject", "edit", "undo"]),
        reason=st.sampled_from(["", "ok"]),
    )
    def review(self, pick, act, reason):
        rows = list(Suggestion.objects.filter(batch__in=[life.id for life in self.lives]).order_by("id"))
        if not rows:
            return
        row = sorted(rows, key=lambda row: (row.batch_id, row.page_id, row.position))[pick % len(rows)]
        expected = decided(row, act, reason)
        self.owner.post(f"/suggestions/{row.id}/{act}", {"reason": reason, "text": row.text})
        row.refresh_from_db()
        assert row.review == expected

    @precondition(lambda self: self.lives)
    @rule(pick=PICK)
    def approve_passing(self, pick):
        life = self.some(pick)
        self.owner.post(f"/batches/{life.id}/review/approve")
        waiting = Suggestion.objects.filter(batch=life.id, review="pending")
        assert not waiting.filter(level__in=["pass", "note"]).exclude(text="").exists()

    @invariant()
    def rows_are_as_the_model_says(self):
        rows = dict(Batch.objects.filter(project=self.project).values_list("id", "status"))
        assert rows == {life.id: life.status for life in self.lives}
        runs = PageRun.objects.filter(batch__project=self.project).values_list(
            "batch", "page__path", "status"
        )
        expected = [(life.id, run.path, run.status) for life in self.lives for run in life.runs.values()]
        assert sorted(runs) == sorted(expected)

    @precondition(lambda self: self.lives)
    @invariant()
    def api_counts_what_the_model_counts(self):
        life = self.lives[-1]
        told = self.api.read(f"batches/{life.id}").json()
        assert (told["status"], told["page_count"]) == (life.status, len(life.runs))
        summary = {
            name: told["summary"][name] for name in ("completed", "failed", "skipped", "cancelled", "pending")
        }
        assert summary == {
            "completed": life.count("done"), "failed": life.count("failed"), "skipped": life.count("skipped"),
            "cancelled": life.count("cancelled"), "pending": life.count("uploaded", "queued", "processing"),
        }  # fmt: skip
