import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from projects.models import APIKey, Project

pytestmark = pytest.mark.django_db


def create(**options):
    out = io.StringIO()
    call_command("create_project", email="owner@acme.test", stdout=out, **options)
    return json.loads(out.getvalue())


def test_command_prints_a_project_and_its_key():
    printed = create(domain="https://Acme.Test/", project_settings='{"tone": "warm"}')

    project = Project.objects.get(id=printed["project_id"])
    assert (project.domain, project.name, project.setting("tone")) == ("acme.test", "acme.test", "warm")
    assert APIKey.objects.authenticate(printed["api_key"]).project == project


def test_command_tells_the_audit_trail():
    printed = create(domain="acme.test")

    actions = AuditEvent.objects.filter(chain=printed["project_id"]).values_list("action", flat=True)
    assert list(actions.order_by("seq")) == ["project.created", "api_key.issued"]


def test_command_refuses_what_is_no_domain():
    with pytest.raises(CommandError, match="is no domain"):
        create(domain="no domain")

    assert not Project.objects.exists()
