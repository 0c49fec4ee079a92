"""Support finds every row of ours in the admin, and changes none by hand."""

import pytest
from django.apps import apps
from django.contrib import admin

OURS = [
    model
    for app in ("accounts", "projects", "batches", "nimbus")
    for model in apps.get_app_config(app).get_models()
]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_model_is_in_the_admin_and_searchable(model):
    assert admin.site.is_registered(model)
    assert admin.site._registry[model].search_fields


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_model_is_neither_added_nor_deleted_in_the_admin(model, admin_user, rf):
    request = rf.get("/")
    request.user = admin_user
    shown = admin.site._registry[model]

    assert not shown.has_add_permission(request)
    assert not shown.has_delete_permission(request)
