"""What can't be taken back, or opens a door to others, waits for a fresh proof of who asks."""

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from tests import access
from tests.cast import sign_in
from tests.furniture import furnish
from tests.test_access_matrix import address

pytestmark = pytest.mark.django_db
# Managers' doors that need none: they open nothing, and what they did is done again in the same place.
EVERYDAY = {
    "you/organizations/<str:organization_id>/invitations/<int:invitation_id>/withdraw",
    "projects/<str:project_id>/settings",
    *(
        f"projects/<str:project_id>/webhooks/<str:endpoint_id>/{act}"
        for act in ("enable", "disable", "delete")
    ),
    "projects/<str:project_id>/webhooks/messages/<str:message_id>/replay",
}
PERSONAL = {"you/exports", "you/erase"}


def doors():
    for route, rules in access.DASHBOARD.items():
        if rules.get("POST") in {"manage", "own"} or route in PERSONAL:
            yield route


def asks(client, url):
    with transaction.atomic():
        answer = client.post(url, {})
        transaction.set_rollback(True)
    return answer.status_code == 302 and "reauthenticate" in answer.url


def test_managers_and_owners_doors_ask_for_a_fresh_proof(project, alice):
    ids = furnish(project, alice) | {"member": alice.id}
    stale, fresh = Client(), sign_in(Client(), alice)
    stale.force_login(User.objects.get(id=alice.id))

    asking = {route for route in doors() if asks(stale, address(route, ids))}

    assert set(doors()) - asking == EVERYDAY
    assert [route for route in doors() if asks(fresh, address(route, ids))] == []
