"""The guards, how each is switched off, and the tests that must notice.

A guard of the code is a piece of text and what stands there instead; a guard of the database is SQL that the
superuser runs once the tests' database is made; one of the settings is a statement for after the start.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    name: str
    tests: str
    path: str = ""
    text: str = ""
    instead: str = ""
    sql: str = ""
    start: str = ""


WALLS, MATRIX = "tests/test_walls.py", "tests/test_access_matrix.py"
PROJECTS, MEMBERS = "projects/models/project.py", "accounts/members.py"
ALIKE = f"{MATRIX}::test_what_is_anothers_and_what_is_nowhere_read_alike"
GUARDS = [
    Guard(
        "row-level security",
        f"{WALLS}::test_untold_transaction_sees_no_row_of_any_tenant",
        sql="ALTER TABLE batches_batch DISABLE ROW LEVEL SECURITY",
    ),
    Guard(
        "forced row-level security",
        f"{WALLS}::test_every_table_is_behind_the_wall_or_of_no_tenant",
        sql="ALTER TABLE batches_batch NO FORCE ROW LEVEL SECURITY",
    ),
    Guard(
        "check on written rows",
        f"{WALLS}::test_row_for_another_tenant_is_refused",
        sql="ALTER POLICY tenant ON batches_batch WITH CHECK (true)",
    ),
    Guard(
        "wall around streams",
        f"{WALLS}::test_each_piece_of_a_stream_is_made_behind_the_wall",
        "nimbus/middleware.py",
        "return keep_walled(visitor, get_response(request))",
        "return get_response(request)",
    ),
    Guard(
        "telling again after a savepoint",
        f"{WALLS}::test_what_is_told_ends_with_the_savepoint_it_was_told_in",
        "nimbus/walled/base.py",
        "self.told = UNSURE",
        "pass",
    ),
    Guard(
        "scope manager for people",
        ALIKE,
        PROJECTS,
        "self.filter(organization__memberships__user=user, deleted_at=None)",
        "self.filter(deleted_at=None)",
    ),
    Guard(
        "scope manager for keys",
        ALIKE,
        PROJECTS,
        "self.filter(organization_id=key.organization_id, deleted_at=None)",
        "self.filter(deleted_at=None)",
    ),
    Guard(
        "roles",
        f"{MATRIX}::test_people_get_exactly_where_their_role_lets_them",
        "accounts/visitors.py",
        "if organization.role_of(user) not in roles:",
        "if False:",
    ),
    Guard(
        "scopes of keys",
        f"{MATRIX}::test_keys_get_exactly_where_their_scopes_let_them",
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
        "tenant of parent and child",
        "batches/tests/test_counts.py::test_row_of_another_organization_is_refused",
        sql="ALTER TABLE batches_pagerun DROP CONSTRAINT batches_pagerun_batch_id_tenant, "
        "DROP CONSTRAINT batches_pagerun_page_id_tenant",
    ),
    Guard(
        "last owner",
        "accounts/tests/test_members.py::test_last_owner_stays",
        MEMBERS,
        "    if membership.role != Role.OWNER:\n        return\n",
        "    return\n",
    ),
    Guard(
        "invitation works once",
        "accounts/tests/test_members.py::test_link_works_once",
        MEMBERS,
        # In both places: each of the two alone keeps a link from working twice.
        ", accepted_at=None",
        "",
    ),
    Guard(
        "append-only audit trail",
        "accounts/tests/test_audit.py::test_database_refuses_update_and_delete",
        sql="DROP TRIGGER audit_append_only ON accounts_auditevent",
    ),
    Guard(
        "append-only ledger",
        "projects/tests/test_ledger.py::test_lines_are_written_once",
        sql="DROP TRIGGER spend_append_only ON projects_spendentry",
    ),
    Guard(
        "fencing token",
        "batches/tests/test_results.py::test_late_worker_that_comes_alone_changes_nothing",
        "batches/results.py",
        " AND r.lease_token = o.token AND r.status = 'processing'\nRETURNING r.id, r.lease_token",
        "\nRETURNING r.id, o.token",
    ),
    Guard(
        "lock of a claim",
        "batches/tests/test_claiming.py::test_two_workers_never_claim_the_same_page",
        "batches/claims.py",
        "LIMIT share.pages FOR UPDATE SKIP LOCKED",
        "LIMIT share.pages",
    ),
    Guard(
        "counts by triggers",
        "batches/tests/test_counts.py::test_counts_follow_insert_update_and_delete",
        sql="ALTER TABLE batches_pagerun DISABLE TRIGGER batch_counts_runs_update",
    ),
    Guard(
        "one answer to a repeated write",
        "nimbus/tests/test_idempotency.py::test_second_request_gets_the_first_answer",
        "nimbus/idempotency.py",
        "if record.expires_at <= clock.now():",
        "if True:",
    ),
    Guard(
        "same request for the same key",
        "nimbus/tests/test_idempotency.py::test_other_body_or_address_is_refused",
        "nimbus/idempotency.py",
        "if record.body_hash != body_hash:",
        "if False:",
    ),
    Guard(
        "rate limit",
        "nimbus/tests/test_limits.py::test_quota_is_given_out_and_not_one_more",
        "nimbus/limits.py",
        "if over > 0.5 and over > wait then",
        "if false then",
    ),
    Guard(
        "private addresses",
        "nimbus/tests/test_net.py::test_private_address_is_refused",
        "nimbus/net.py",
        "return not any(parsed in network for network in DENIED_V4)",
        "return True",
    ),
    Guard(
        "pinned address",
        "nimbus/tests/test_net.py::test_name_that_changes_its_address_after_the_check_is_called_at_the_checked_one",
        "nimbus/net.py",
        "target.copy_with(host=resolve(target, field))",
        "target if resolve(target, field) else target",
    ),
    Guard(
        "signature over id and time",
        "batches/tests/test_webhooks.py::test_signature_is_the_reference_librarys_own",
        "batches/webhooks/signing.py",
        'content = f"{message_id}.{timestamp}.".encode() + body',
        "content = body",
    ),
    Guard(
        "paths inside a ZIP",
        "batches/tests/test_archives.py::test_path_out_of_the_folder_is_refused",
        "batches/zipfiles.py",
        '".." in parts',
        "False",
    ),
    Guard(
        "links inside a ZIP",
        "batches/tests/test_archives.py::test_link_is_refused",
        "batches/zipfiles.py",
        "if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:",
        "if False:",
    ),
    Guard(
        "size of a ZIP",
        "batches/tests/test_archives.py::test_bomb_is_refused_unread",
        "batches/zipfiles.py",
        "if unpacked > MAX_UNPACKED or",
        "if False and",
    ),
    Guard(
        "depth of JSON",
        "nimbus/tests/test_api.py::test_depth_ends_at_32",
        "nimbus/strictjson.py",
        "MAX_DEPTH = 32",
        "MAX_DEPTH = 64",
    ),
    Guard(
        "length of a body",
        "nimbus/tests/test_bodies.py::test_declared_length_is_believed_before_a_byte_is_read",
        "nimbus/bodies.py",
        "if declared(scope) > largest:",
        "if False:",
    ),
    Guard(
        "tokens of forms",
        "tests/test_hardening.py::test_form_without_its_token_is_refused",
        start="settings.MIDDLEWARE.remove('django.middleware.csrf.CsrfViewMiddleware')",
    ),
    Guard(
        "content security policy",
        "tests/test_hardening.py::test_every_answer_tells_browsers_what_they_may_do",
        start="settings.MIDDLEWARE.remove('django.middleware.csp.ContentSecurityPolicyMiddleware')",
    ),
    Guard(
        "escaping in pages",
        "tests/test_hardening.py::test_names_are_text_on_every_page",
        start="settings.TEMPLATES[0]['OPTIONS']['autoescape'] = False",
    ),
    Guard(
        "one line for a log entry",
        "tests/test_hardening.py::test_line_break_in_a_message_becomes_no_log_line",
        "nimbus/logs.py",
        "return character if character.isprintable() else",
        "return character if True else",
    ),
    Guard(
        "sandbox of a preview",
        "batches/tests/test_screens.py",
        "batches/page_views.py",
        '"sandbox": True,\n',
        "",
    ),
    Guard(
        "second factor",
        "accounts/tests/test_second_factor.py",
        "accounts/middleware.py",
        "return bool(user.is_authenticated and user.lacks_second_factor)",
        "return False",
    ),
    Guard(
        "markup in what the model says",
        "optimizer/tests/test_checks.py",
        "optimizer/checks/markup.py",
        "def check(subject: Subject) -> Iterator[Verdict]:\n",
        "def check(subject: Subject) -> Iterator[Verdict]:\n    return\n",
    ),
    Guard(
        "budget lock",
        "projects/tests/test_ledger.py::test_no_number_of_workers_passes_a_cap",
        "projects/books.py",
        'LOCK = f"{LOOK} FOR UPDATE OF t"',
        "LOCK = LOOK",
    ),
    Guard(
        "one settlement a call",
        "projects/tests/test_ledger.py",
        sql="ALTER TABLE projects_spendentry DROP CONSTRAINT spend_once",
    ),
    Guard(
        "one account an address",
        "accounts/tests/test_addresses.py",
        sql="DROP INDEX user_email_unique",
    ),
    Guard(
        "one page a batch",
        "batches/tests/test_uploads.py::test_same_page_twice_is_replaced_by_the_last_line",
        sql="ALTER TABLE batches_pagerun DROP CONSTRAINT page_once_a_batch",
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
        "APIKey.objects.select_for_update().get(id=key.id)",
        "APIKey.objects.get(id=key.id)",
    ),
    Guard(
        "lock of members and invitations",
        "accounts/tests/test_invitation_races.py::test_no_crowd_opens_more_invitations_than_there_may_be",
        MEMBERS,
        "    Organization.objects.select_for_update().get(id=organization.id)\n",
        "    pass\n",
    ),
    Guard(
        "fresh proof",
        "batches/tests/test_usage.py::test_cap_waits_for_a_fresh_proof_and_is_then_set",
        "accounts/proof.py",
        'if request.method == "POST" and not is_fresh(request):',
        "if False:",
    ),
    Guard(
        "encrypted sessions",
        "accounts/tests/test_second_factor.py::test_secret_that_waits_for_its_first_code_is_encrypted_too",
        start="settings.SESSION_ENGINE = 'django.contrib.sessions.backends.db'",
    ),
    Guard(
        "formulas in files for spreadsheets",
        "batches/tests/test_pagetable.py::test_formula_is_only_text_in_the_file",
        "batches/pagetable_csv.py",
        "text.lstrip().startswith(FORMULA)",
        "False",
    ),
    Guard(
        "smuggled fields",
        "tests/test_hardening.py::test_fields_of_the_product_are_set_by_nobody",
        "projects/serializers.py",
        "if name not in self.fields or self.fields[name].read_only:",
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
        "networks of a key",
        "projects/tests/test_keyring.py::test_key_works_from_its_networks_alone",
        "projects/authentication.py",
        "if not key.works_from(client_address(request)):",
        "if False:",
    ),
    Guard(
        "foreign hosts",
        "tests/test_hardening.py::test_reset_mail_names_no_forwarded_host",
        start="settings.USE_X_FORWARDED_HOST, settings.ALLOWED_HOSTS = True, ['*']",
    ),
    Guard(
        "reason of a look into a tenant",
        "accounts/tests/test_support.py",
        "accounts/support.py",
        "if len(reason) < FEWEST_CHARACTERS:",
        "if False:",
    ),
    Guard(
        "tenants' rows in the admin",
        "accounts/tests/test_support.py::test_rows_of_a_tenant_are_seen_with_a_reason_alone",
        "nimbus/support.py",
        'return rows.filter(organization_id__in=visits(request).values("organization_id"))',
        "return rows",
    ),
]
