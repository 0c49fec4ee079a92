"""A project's settings as people see and change them."""

import pytest
from django.urls import reverse

from projects.settings_form import SettingsForm

FORM = {
    "name": "Site", "tier": "full", "review_mode": "manual", "review_threshold": "0.9",
    "max_pages_per_batch": "500", "default_concurrency": "5",
}  # fmt: skip


def test_each_field_stands_in_one_section():
    named = [name for *_, names in SettingsForm.SECTIONS for name in names]

    assert sorted(named) == sorted(SettingsForm.base_fields)


def test_every_field_but_the_name_says_what_it_does():
    silent = {name for name, field in SettingsForm.base_fields.items() if not field.help_text}

    assert silent == {"name"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "kept"), [({"lane": "economy"}, "economy"), ({}, "live"), ({"lane": ""}, "live")]
)
def test_lane_is_kept_where_it_was_said(client, alice, project, said, kept):
    client.force_login(alice)
    client.post(reverse("projects:settings", args=[project.id]), FORM | said)

    project.refresh_from_db()
    assert project.setting("lane") == kept
    assert project.setting("optimization_tier") == "full"


@pytest.mark.django_db
def test_wrong_number_is_told_beside_what_was_typed(client, alice, project):
    client.force_login(alice)
    answer = client.post(
        reverse("projects:settings", args=[project.id]), FORM | {"default_concurrency": "many"}
    )

    assert answer.status_code == 422
    assert 'value="many"' in answer.text
    assert 'id="id_default_concurrency_error"' in answer.text
