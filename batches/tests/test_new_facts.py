"""A held text's own fact on the fact sheet, by a person's word, and what passes with it."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from batches import new_facts, reviews
from batches.models import Suggestion
from batches.tests.factories import make_batch, make_run
from projects import changes

pytestmark = pytest.mark.django_db
TEXT = "We mend pipes in Leeds, in old houses and in new ones. Our plumbers come within 24 hours."


@pytest.fixture
def held(project):
    """Two held texts that state the same, and one that is held for another reason, too."""
    batch = make_batch(project)
    make_run(batch, "/hull", place="Hull")
    make_run(batch, "/leeds-2")
    found = []
    for run, text in zip(batch.runs.order_by("id"), [TEXT, TEXT, TEXT + " Call 0113 496 0000."], strict=True):
        row = Suggestion(
            organization_id=batch.organization_id, batch=batch, run=run, page=run.page, kind="head",
            target="metaDescription", original="We mend pipes in Leeds.", original_hash="0" * 64, text=text,
            confidence=0.5, level="hold",
        )  # fmt: skip
        row.verdicts = [
            {"check": v.check, "level": v.level, "message": v.message} for v in reviews.recheck(row, text)
        ]
        row.save()
        found.append(row)
    return found


def levels(rows):
    for row in rows:
        row.refresh_from_db()
    return [row.level for row in rows]


def test_proposal_is_the_part_that_states_something_new(held):
    assert new_facts.is_offered(held[0])
    assert new_facts.proposal(held[0]) == "Our plumbers come within 24 hours."


def test_fact_that_a_person_confirms_frees_all_that_state_it(client, held, alice, project):
    client.force_login(alice)
    changes.write_brief(project, alice, {"facts": ["We are from Leeds."], "voice": "dry"})
    address = reverse("batches:fact", args=[held[0].id])
    assert "come within 24 hours.</textarea>" in client.get(address).text
    page = client.post(address, {"fact": "Our plumbers come within 24 hours."}, follow=True).text

    assert "Added to the facts. 2 held texts pass now." in page
    assert levels(held) == ["note", "note", "hold"] or levels(held) == ["pass", "pass", "hold"]
    assert "0113" in str(held[2].verdicts)
    content = project.briefs.order_by("-version").first().content
    assert content == {"facts": ["We are from Leeds.", "Our plumbers come within 24 hours."], "voice": "dry"}
    events = AuditEvent.objects.filter(chain=project.id).values_list("action", flat=True)
    assert [list(events).count(name) for name in ("brief.written", "suggestion.rechecked")] == [2, 2]


def test_fact_of_some_pages_frees_only_theirs(held, alice, project):
    freed = new_facts.add(held[0], "Our plumbers come within 24 hours.", is_local=True, by=alice)

    (stored,) = project.briefs.get().content["facts"]
    assert stored["when"] == {"location": "Leeds", "service": "Plumber"}
    assert freed == 1
    assert levels(held)[1] == "hold"


def test_same_fact_twice_is_one_fact(held, alice, project):
    for _ in range(2):
        new_facts.add(held[0], "Our plumbers  come within 24 hours.", is_local=False, by=alice)

    assert project.briefs.count() == 1


def test_what_is_no_fact_is_refused_where_it_was_typed(client, held, alice, project):
    client.force_login(alice)
    answer = client.post(reverse("batches:fact", args=[held[0].id]), {"fact": "x"})

    assert answer.status_code == 422
    assert "between 3 and 500" in answer.text
    assert not project.briefs.exists()


def test_decided_text_is_judged_no_more(held, alice):
    reviews.reject(held[1], by=alice)
    assert new_facts.add(held[0], "Our plumbers come within 24 hours.", is_local=False, by=alice) == 1
    assert levels(held)[1] == "hold"
