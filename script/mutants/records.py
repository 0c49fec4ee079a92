"""What is written once, counted right and paid once."""

from guard import Guard

RECORDS = [
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
        "if record and record.expires_at <= clock.now():",
        "if record:",
    ),
    Guard(
        "same request for the same key",
        "nimbus/tests/test_idempotency.py::test_other_body_or_address_is_refused",
        "nimbus/idempotency.py",
        "if record and record.body_hash != body_hash:",
        "if False:",
    ),
    Guard(
        "same pages for the same key",
        "nimbus/tests/test_idempotency.py::test_upload_of_other_pages_or_to_another_batch_is_refused",
        "nimbus/idempotency.py",
        "if record.body_hash != digest.hexdigest():",
        "if False:",
    ),
    Guard(
        "one page a batch",
        "batches/tests/test_uploads.py::test_same_page_twice_is_replaced_by_the_last_line",
        sql="ALTER TABLE batches_pagerun DROP CONSTRAINT page_once_a_batch",
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
]
