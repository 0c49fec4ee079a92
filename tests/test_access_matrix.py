"""Every address × every method × everybody who may come: who gets in, who is told no, who is told nothing.

The rows are in tests/access.py; an address without one fails. Each request is undone, so that all of them see
the same world.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from accounts import permissions
from accounts.models import Membership, User
from nimbus import walls
from projects.models import APIKey
from tests import access
from tests.cast import ApiClient, sign_in
from tests.furniture import furnish
from tests.test_tenant_wall import PARAMETER, UNKNOWN

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
ROLES = ("owner", "admin", "editor", "viewer")
# Whoever has no part in Acme, or none any more, learns nothing of it.
OUTSIDERS = ("stranger", "removed", "staff")
SCOPES = ("read", "upload", "apply", "admin")
OUTSIDE_KEYS = ("of_sibling", "foreign")
DEAD_KEYS = ("revoked", "expired", "none", "cookie")
TENANT = access.DASHBOARD | access.API
SIGN_IN = {"admin/login/", "admin/logout/", "admin/jsi18n/"}


def walk(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from walk(pattern, route)


ROUTES = set(walk(get_resolver()))


def test_every_address_has_its_row():
    known = {*TENANT, *access.PERSONAL, *access.PUBLIC, *access.MACHINES, "^api(?:/|$)"}
    known |= {f"account/{route}" for route in access.DOORS | access.OWN_ACCOUNT}
    rest = {route for route in ROUTES if not route.startswith("admin/")}

    assert rest - known == set(), "say in tests/access.py whom this address lets in"
    assert known - rest == set(), "tests/access.py names an address that is gone"


def test_docs_show_the_table_of_rights():
    assert permissions.table() in Path("docs/security.md").read_text()


@dataclass(frozen=True)
class World:
    """Acme with one of everything, and clients of everybody."""

    ids: dict
    people: dict
    keys: dict


@pytest.fixture
def world(make_project, alice, charlie, foreign_project):
    project = make_project()
    sibling = make_project(name="Sibling", domain="sibling.test")
    people = {"owner": alice, "stranger": charlie}
    for name in ("admin", "editor", "viewer", "removed"):
        people[name] = User.objects.create_user(f"{name}@acme.test", "a-long-password")
        role = "admin" if name == "removed" else name
        Membership.objects.create(organization=project.organization, user=people[name], role=role)
    people["staff"] = User.objects.create_superuser("staff@nimbus.test", "a-long-password")
    clients = {name: sign_in(Client(), person) for name, person in people.items()}
    clients["removed"].get("/")
    Membership.objects.get(user=people["removed"]).delete()
    ids = furnish(project, alice) | {"member": people["editor"].id}
    return World(ids, clients | {"anonymous": Client()}, keys_of(project, sibling, foreign_project))


def keys_of(project, sibling, foreign_project):
    def client(of, **fields):
        return ApiClient(APIKey.objects.issue(of.organization, "CI", **fields)[1])

    dead, secret = APIKey.objects.issue(project.organization, "CI", scopes=["admin"])
    dead.revoke()
    past = timezone.now() - timedelta(seconds=1)
    return {scope: client(project, project=project, scopes=[scope]) for scope in SCOPES} | {
        "whole": client(project, scopes=["admin"]),
        "of_sibling": client(sibling, project=sibling, scopes=["admin"]),
        "foreign": client(foreign_project, scopes=["admin"]),
        "expired": client(project, scopes=["admin"], expires_at=past),
        "revoked": ApiClient(secret),
        "none": ApiClient(),
    }


def address(route, ids):
    if "provider-keys/" in route and "provider_key_id" in ids:
        ids = ids | {"key_id": ids["provider_key_id"]}
    return "/" + PARAMETER.sub(lambda match: ids[match[1]], route)


def ask(client, method, url, form=b""):
    """Where the caller ends: `in`, or the way of turning away. What the request did is undone."""
    options = {"content_type": "application/x-www-form-urlencoded", "data": form}
    if url.startswith("/api/"):
        options = {"content_type": "application/json", "data": b"" if method == "GET" else b"{}"}
    with transaction.atomic():
        response = client.generic(method, url, **options)
        transaction.set_rollback(True)
    body = b"" if response.streaming else response.content
    # Without beat, as in tests, the product is not well and says so.
    assert response.status_code < 500 or url == "/health", (method, url, body)
    if response.status_code == 302 and "/login/" in response.url:
        return "login", b""
    turned_away = {401: "key", 403: "no", 404: "nothing", 405: "method"}
    return turned_away.get(response.status_code, "in"), body


def expected_of_person(rule, who):
    if who == "anonymous":
        return "nothing" if rule == "live" else "login"
    if rule == "person":
        return "in"
    if who in OUTSIDERS or rule == "development":
        return "nothing"
    right = "look" if rule == "live" else rule
    return "in" if who in permissions.RIGHTS[right][0] else "no"


def test_people_get_exactly_where_their_role_lets_them(world):
    form, wrong = f"user={world.ids['member']}".encode(), []
    for route, rules in access.DASHBOARD.items():
        url = address(route, world.ids)
        for method, rule in rules.items():
            for who in (*ROLES, *OUTSIDERS, "anonymous"):
                found, _ = ask(world.people[who], method, url, form)
                if found != expected_of_person(rule, who):
                    wrong.append(f"{who} {method} {url}: {found}, not {expected_of_person(rule, who)}")

    assert not wrong, "\n".join(wrong)


def expected_of_key(rule, who, route):
    """A key of one project never opens what is the whole organization's."""
    if who in DEAD_KEYS:
        return "key"
    if who == "whole":
        return "in"
    if who == "foreign":
        return "nothing" if "<" in route else "in"
    if rule == "whole":
        return "no"
    if who == "of_sibling":
        return "nothing" if "<" in route else "in"
    return "in" if who in rule.split() or who == "admin" else "no"


def test_keys_get_exactly_where_their_scopes_let_them(world):
    clients, wrong = world.keys | {"cookie": world.people["owner"]}, []
    for route, rules in access.API.items():
        url = address(route, world.ids)
        for method, rule in rules.items():
            for who in (*SCOPES, "whole", *OUTSIDE_KEYS, *DEAD_KEYS):
                found, _ = ask(clients[who], method, url)
                if found != expected_of_key(rule, who, route):
                    wrong.append(f"{who} {method} {url}: {found}, not {expected_of_key(rule, who, route)}")

    assert not wrong, "\n".join(wrong)


def test_methods_without_a_row_are_refused(world):
    wrong = []
    for route, rules in TENANT.items():
        client = world.keys["whole"] if route in access.API else world.people["owner"]
        for method in set(METHODS) - set(rules):
            found, _ = ask(client, method, address(route, world.ids))
            if found != "method":
                wrong.append(f"{method} {route}: {found}")

    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize("first_alone", [False, True])
def test_what_is_anothers_and_what_is_nowhere_read_alike(world, first_alone, monkeypatch):
    """By both walls, and by the queries alone: without the database's wall a forgotten filter would show."""
    if first_alone:
        monkeypatch.setattr(walls.Visitor, "sight", lambda _: walls.Sight(role=walls.STAND_IN))
    for route, rules in (TENANT | access.PERSONAL).items():
        if "<" not in route or route.endswith("<str:token>"):
            continue
        is_api = route.startswith("api/")
        for method in rules:
            for who in OUTSIDE_KEYS if is_api else OUTSIDERS:
                client = (world.keys if is_api else world.people)[who]
                foreign, unknown = (
                    blank(ask(client, method, address(route, named)), named) for named in (world.ids, UNKNOWN)
                )
                assert foreign == unknown, (who, method, route)


def blank(answer, named):
    found, body = answer
    names = b"|".join(re.escape(value.encode()) for value in named.values() if len(value) > 4)
    return found, re.sub(rb"req_\w+|\w{64}|nonce=\S+|" + names, b"", body)


def test_mail_of_another_organization_stays_shut_in_development_too(world, settings):
    settings.DEBUG = True
    url = address("outbox/<int:mail_id>", world.ids)

    assert ask(world.people["owner"], "GET", url)[0] == "in"
    assert {ask(world.people[who], "GET", url)[0] for who in OUTSIDERS} == {"nothing"}


def test_invitation_opens_for_nobody_without_its_link(world):
    found = {ask(world.people[who], "GET", "/you/invitations/" + "x" * 43)[0] for who in (*ROLES, *OUTSIDERS)}

    assert found == {"nothing"}


def test_session_of_another_person_is_not_ended(world):
    url = address("you/sessions/<int:session_id>/end", world.ids)

    assert ask(world.people["owner"], "POST", url)[0] == "in"
    assert {ask(world.people[who], "POST", url)[0] for who in (*ROLES[1:], *OUTSIDERS)} == {"nothing"}


def test_public_addresses_open_without_a_name(world):
    found = {ask(world.people["anonymous"], "GET", f"/{route}")[0] for route in access.PUBLIC}

    assert found == {"in"}


def test_own_account_opens_for_the_signed_in_alone(world):
    for route in access.OWN_ACCOUNT:
        url = "/account/" + route.replace("<int:pk>", "999999")
        assert ask(world.people["anonymous"], "GET", url)[0] == "login", url
        assert ask(world.people["viewer"], "GET", url)[0] in {"in", "nothing", "method"}, url


def test_doors_break_for_nobody(world):
    for route in access.DOORS:
        plain = re.sub(r"\(\?P<\w+>[^)]*\)", "a", route).strip("^$")
        for method in ("GET", "POST"):
            # An answer of 5xx fails in there.
            ask(world.people["anonymous"], method, f"/account/{plain}")


def test_admin_opens_for_staff_alone(world):
    routes = [route for route in ROUTES - SIGN_IN if re.fullmatch(r"admin/[\w/]*", route)]
    for route in routes:
        for who in ("anonymous", "owner", "stranger"):
            assert ask(world.people[who], "GET", f"/{route}")[0] == "login", (who, route)
        assert ask(world.people["staff"], "GET", f"/{route}")[0] != "login", route

    assert len(routes) > 50
