"""A stranger can't tell another organization's things from things that don't exist.

Every route of the URL conf is walked, so a new one is covered the day it is added. A route with a parameter
that `IDS` does not know fails the test: give it an id of Acme's there.
"""

import re

import pytest
from django.urls import URLPattern, get_resolver

from tests.cast import ApiClient, sign_in
from tests.furniture import furnish

pytestmark = pytest.mark.django_db
ELSEWHERE = ("admin/", "account/", "static/")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
UNKNOWN = {
    "project_id": "proj_000000000000",
    "batch_id": "batch_20200101_000000_AAAAAA",
    "page_id": "page_" + "0" * 24,
    "suggestion_id": "sug_aaaaaaaaaaaaaaaa",
    "key_id": "key_aaaaaaaaaaaaaaaa",
    "artifact_id": "999999",
    "mail_id": "999999",
    "run_id": "999999",
    "organization_id": "org_aaaaaaaaaaaaaaaa",
    "user_id": "user_aaaaaaaaaaaaaaaa",
    "invitation_id": "999999",
    "token": "x" * 43,
    "session_id": "999999",
    "export_id": "999999",
    "share_id": "999999",
    "view_id": "999999",
    "group_id": "999999",
    "endpoint_id": "whk_aaaaaaaaaaaaaaaa",
    "message_id": "msg_aaaaaaaaaaaaaaaaaaaaaaaa",
}


def walk(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from walk(pattern, route)


ROUTES = sorted({
    route for route in walk(get_resolver())
    if "<" in route and not route.startswith(ELSEWHERE) and "^" not in route
})  # fmt: skip


@pytest.fixture
def ids(project, alice):
    return furnish(project, alice)


@pytest.fixture
def stranger(client, charlie):
    sign_in(client, charlie)
    return client


@pytest.fixture
def strange_key(foreign_project, make_key):
    return ApiClient(make_key(foreign_project, whole=True, scopes=["admin"])[1])


def address(route, values):
    return "/" + PARAMETER.sub(lambda match: values[match[1]], route)


def answer(client, method, url):
    response = getattr(client, method)(url, content_type="application/json")
    body = b"".join(response.streaming_content) if response.streaming else response.content
    # A method that no page takes is refused before the address is looked at.
    match = response.wsgi_request.resolver_match
    # A short number stands for an id only in an address; elsewhere it may be a status or a size.
    ids = b"|".join(
        (b"(?<=/)" if len(str(value)) < 5 else b"") + re.escape(str(value).encode())
        for value in (match.kwargs.values() if match else ())
    )
    return response.status_code, re.sub(rb"req_\w+|\w{64}|" + ids, b"", body)


def test_there_are_routes_to_walk():
    assert len(ROUTES) > 20
    assert any(route.startswith("api/v1/") for route in ROUTES)


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
@pytest.mark.parametrize("route", ROUTES)
def test_foreign_and_unknown_read_alike(route, method, ids, stranger, strange_key):
    client = strange_key if route.startswith("api/") else stranger

    foreign = answer(client, method, address(route, ids))
    unknown = answer(client, method, address(route, UNKNOWN))

    assert foreign == unknown
    assert foreign[0] in {404, 405}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("api/")])
def test_api_without_a_key_answers_401(route, ids, client):
    assert answer(client, "get", address(route, ids))[0] in {401, 405}
