"""The cast of the tests: Alice owns Acme, Bob edits there, Charlie is a stranger with a place of his own."""

import hashlib
import time

import orjson
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from accounts import organizations
from accounts.models import Membership, User
from projects.models import APIKey, Project


class QuickHasher(PBKDF2PasswordHasher):
    iterations = 1


def sign_in(client, user):
    """As by the door: with the note of when that was, which keys, roles and exports ask for."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = user.id
    session.save()
    return client


@pytest.fixture
def alice(db):
    return User.objects.create_user("alice@acme.test", "a-long-password", name="Alice")


@pytest.fixture
def acme(alice):
    return organizations.create("Acme", alice)


@pytest.fixture
def bob(acme):
    bob = User.objects.create_user("bob@acme.test", "a-long-password", name="Bob")
    Membership.objects.create(organization=acme, user=bob, role="editor")
    return bob


@pytest.fixture
def charlie(db):
    charlie = User.objects.create_user("charlie@elsewhere.test", "a-long-password", name="Charlie")
    organizations.create("Elsewhere", charlie)
    return charlie


@pytest.fixture
def make_project(alice, acme):
    def make(name="Site", domain="acme.test", organization=acme, **settings):
        return Project.objects.create(
            organization=organization, creator=alice, name=name, domain=domain, settings=settings
        )

    return make


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def foreign_project(charlie):
    elsewhere = charlie.memberships.get().organization
    return Project.objects.create(organization=elsewhere, creator=charlie, name="Other", domain="other.test")


@pytest.fixture
def make_key():
    """A key of a project, or of its organization with `whole=True`: the row and its secret."""

    def make(project, *, whole=False, **fields):
        return APIKey.objects.issue(
            project.organization, "Build server", project=None if whole else project, **fields
        )

    return make


class ApiClient(Client):
    """A client that carries a key and speaks JSON."""

    def __init__(self, secret="", **fields):
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        super().__init__(headers=headers, **fields)

    def send(self, path, body=None, method="post", **fields):
        data = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        # Not self.post(), which would encode the body anew by the charset of its type.
        fields = {"content_type": "application/json"} | fields
        return self.generic(method.upper(), f"/api/v1/{path}", data, **fields)

    def upload(self, batch_id, *lines, **fields):
        body = b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines)
        return self.send(f"batches/{batch_id}/pages", body, content_type="application/x-ndjson", **fields)

    def read(self, path, **fields):
        return self.get(f"/api/v1/{path}", **fields)


@pytest.fixture
def api(project, make_key):
    """The project's own client, with the usual scopes."""
    return ApiClient(make_key(project)[1])


@pytest.fixture
def api_as(make_key):
    """`api_as(project, scopes=["read"])` is a client with such a key."""
    return lambda project, **fields: ApiClient(make_key(project, **fields)[1])


def block(content="Watches repaired by post.", kind="p", number=1):
    key = hashlib.sha256(b"\0" + content.encode()).hexdigest()[:16]
    name = f"b-{key[:10]}" + (f"-{number}" if number > 1 else "")
    return {"id": name, "type": kind, "content": content, "region": "main", "key": key}


@pytest.fixture
def make_page_line():
    """One valid line of an upload; `changes` replace its parts, None leaves a part out."""

    def make(path="/about.html", title="About us", blocks=None, dimensions=None, **changes):
        line = {
            "page_url": path,
            "source_path": "dist" + (path if path.startswith("/") else "/page.html"),
            "extraction": {
                "engine": "html",
                "head": {"title": title, "metaDescription": ""},
                "dimensions": dimensions or {},
                "above_fold_blocks": [block()] if blocks is None else blocks,
                "rest_of_page_blocks": [],
                "selector_map": {},
            },
        }
        return {name: value for name, value in (line | changes).items() if value is not None}

    return make
