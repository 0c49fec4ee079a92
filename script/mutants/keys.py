"""What a key of the API opens, and how often."""

from guard import Guard

KEYS = [
    Guard(
        "scopes of keys",
        "tests/test_access_matrix.py::test_keys_get_exactly_where_their_scopes_let_them",
        "projects/authentication.py",
        "if not any(key.has_scope(scope) for scope in scopes):",
        "if False:",
    ),
    Guard(
        "revoked and expired keys",
        "projects/tests/test_authentication.py",
        "projects/models/keys.py",
        "return self.revoked_at is None and not expired",
        "return True",
    ),
    Guard(
        "links into a deleted project",
        "projects/tests/test_deletion.py::test_deleted_project_is_gone_from_every_door_and_comes_back",
        "batches/shares.py",
        "project__deleted_at=None, ",
        "",
    ),
    Guard(
        "networks of a key",
        "projects/tests/test_keyring.py::test_key_works_from_its_networks_alone",
        "projects/authentication.py",
        "if not key.works_from(client_address(request)):",
        "if False:",
    ),
    Guard(
        "what proxies heard",
        "projects/tests/test_keyring.py::test_what_a_caller_writes_before_the_proxies_is_not_believed",
        "nimbus/addresses.py",
        "heard[-settings.TRUSTED_PROXIES]",
        "heard[0]",
    ),
    Guard(
        "one key a form",
        "projects/tests/test_key_races.py::test_form_sent_many_times_at_once_issues_one_key",
        "projects/keyring.py",
        "networks=networks or [], form_token=form_token, **fields",
        "networks=networks or [], **fields",
    ),
    Guard(
        "lock of a key that is rolled",
        "projects/tests/test_key_races.py::test_key_that_ends_at_once_is_rolled_once",
        "projects/keyring.py",
        "APIKey.objects.select_for_update(no_key=True).get(id=key.id)",
        "APIKey.objects.get(id=key.id)",
    ),
    Guard(
        "rate limit",
        "nimbus/tests/test_limits.py::test_quota_is_given_out_and_not_one_more",
        "nimbus/limits.py",
        "if over > 0.5 and over > wait then",
        "if false then",
    ),
]
