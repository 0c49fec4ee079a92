"""The schema names every address of the API."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_schema_is_public_and_names_the_addresses():
    answer = Client().get("/api/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"})

    paths = answer.json()["paths"]
    assert answer.json()["components"]["securitySchemes"]["APIKey"]["scheme"] == "bearer"
    assert answer.status_code == 200
    assert {"post"} <= set(paths["/api/v1/projects/{project_id}/batches"])
    assert set(paths["/api/v1/batches/{batch_id}/pages"]) == {"get", "post"}


def test_reference_page_lists_every_address(client):
    answer = client.get("/api/v1/reference")

    assert answer.status_code == 200
    # A narrow screen may break a path at its slashes.
    page = answer.content.decode().replace("<wbr>", "")
    for words in (
        "/api/v1/projects/{project_id}/results",
        "callback_url",
        "/api/v1/batches/{batch_id}/events",
    ):
        assert words in page
