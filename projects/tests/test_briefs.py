import pytest
from django.test import Client
from django.urls import reverse

from projects.brief_forms import BriefForm
from projects.models import APIKey
from tests.cast import sign_in

CONTENT = {
    "tone": "premium",
    "do": ["We look first, then we speak."],
    "keep": ["SpeedyFix"],
    "facts": ["Open on Monday.", {"text": "Free parking.", "when": {"location": "Leeds"}}],
    "field_rules": {"title_pattern": "{service} in {location} | {company}", "title_chars": 60},
}
FORM = {
    "tone": "own",
    "tone_words": "dry",
    "facts": "Open on Monday.",
    "local_when": ["location: Leeds", ""],
    "local_fact": ["Free parking.", ""],
    "title_pattern": "{service} in {location}",
    "title_chars": "60",
}


@pytest.fixture
def write(project, client, db):
    _, secret = APIKey.objects.issue(project.organization, "Admin", project=project, scopes=["admin"])
    url = reverse("api-project-brief", args=[project.id])

    def put(content, method="put"):
        headers = {"Authorization": f"Bearer {secret}"}
        return getattr(Client(), method)(url, content, content_type="application/json", headers=headers)

    return put


def test_each_write_is_a_new_version_and_old_ones_stay(write, project):
    write(CONTENT)
    answer = write(CONTENT | {"tone": "casual"})

    assert answer.json()["version"] == 2
    assert [brief.content["tone"] for brief in project.briefs.order_by("version")] == ["premium", "casual"]


def test_brief_is_read_as_it_was_written(write):
    write(CONTENT)

    assert write({}, "get").json()["content"] == CONTENT
    assert write({"version": 1}, "get").json()["version"] == 1
    assert write({"version": 9}, "get").status_code == 404


@pytest.mark.parametrize(
    ("field", "content"),
    [
        ("tone", {"tone": "loud"}),
        ("tone_words", {"tone": "own"}),
        ("unknown", {"unknown": 1}),
        ("facts", {"facts": [7]}),
        ("facts", {"facts": [{"text": "x", "when": {"1a": "b"}}]}),
        ("field_rules", {"field_rules": {"title_pattern": "No place"}}),
        ("field_rules", {"field_rules": {"title_pattern": "{a} {"}}),
        ("field_rules", {"field_rules": {"title_chars": 5000}}),
        ("field_rules", {"field_rules": {"description_min": 200}}),
    ],
)
def test_wrong_brief_is_answered_with_the_field(write, project, field, content):
    answer = write(content)

    assert answer.status_code == 422
    assert field in answer.content.decode()
    assert project.brief is None


def test_form_keeps_facts_of_some_pages_and_field_rules(client, alice, project):
    sign_in(client, alice)
    client.post(reverse("projects:brief", args=[project.id]), FORM)

    content = project.brief.content
    assert content["facts"] == ["Open on Monday.", {"text": "Free parking.", "when": {"location": "Leeds"}}]
    assert content["field_rules"] == {"title_chars": 60, "title_pattern": "{service} in {location}"}
    assert (content["tone"], content["tone_words"]) == ("own", "dry")


def test_form_shows_what_the_api_wrote(write, project):
    write(CONTENT)
    form = BriefForm.of(project)

    assert form.rows[0] == ("Free parking.", "location: Leeds")
    assert form.initial["title_pattern"] == "{service} in {location} | {company}"


@pytest.mark.parametrize(
    "change",
    [
        {"title_pattern": "No place"},
        {"local_when": ["Leeds"], "local_fact": ["Free parking."]},
        {"local_when": [""], "local_fact": ["Free parking."]},
        {"tone_words": ""},
        {"prefer": "heater boiler"},
    ],
)
def test_wrong_form_says_so_and_stores_nothing(client, alice, project, change):
    sign_in(client, alice)
    answer = client.post(reverse("projects:brief", args=[project.id]), FORM | change)

    assert answer.status_code == 422
    assert project.brief is None


def test_older_version_is_shown_and_can_be_saved_anew(client, alice, project, write):
    write(CONTENT)
    write(CONTENT | {"tone": "casual"})
    sign_in(client, alice)
    answer = client.get(reverse("projects:brief", args=[project.id]), {"version": 1})

    assert "Version 1 of 2" in answer.content.decode()
    assert answer.context["form"].initial["tone"] == "premium"
