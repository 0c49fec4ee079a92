"""What keeps tenants apart, in the database and before it."""

from guard import Guard

WALLS, MATRIX = "tests/test_walls.py", "tests/test_access_matrix.py"
PROJECTS = "projects/models/project.py"
ALIKE = f"{MATRIX}::test_what_is_anothers_and_what_is_nowhere_read_alike"
TENANTS = [
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
        "tenant of parent and child",
        "batches/tests/test_counts.py::test_row_of_another_organization_is_refused",
        sql="ALTER TABLE batches_pagerun DROP CONSTRAINT batches_pagerun_batch_id_tenant, "
        "DROP CONSTRAINT batches_pagerun_page_id_tenant",
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
