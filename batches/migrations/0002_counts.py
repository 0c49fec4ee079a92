"""Counts of a batch follow its page runs and suggestions by statement triggers.

One mechanism for every writer: whatever code moves a page, the counts move in the same transaction.
Batches are locked in the order of their ids, so that two writers can't wait for each other.
"""

from django.db import migrations

STATUSES = ("uploaded", "queued", "processing", "done", "failed", "cancelled", "skipped")
REVIEWS = ("pending", "approved", "rejected")


def delta(column, values):
    return ", ".join(f"sum(sign) FILTER (WHERE {column} = '{value}') AS {value}_delta" for value in values)


def apply(values):
    return ", ".join(f"{value}_count = {value}_count + coalesce(d.{value}_delta, 0)" for value in values)


# Written out for each operation, because a transition table exists only for its own operation.
def function(name, source, body):
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH changed AS ({source}), d AS ({body})
    , locked AS (
        SELECT b.id FROM batches_batch b WHERE b.id IN (SELECT batch_id FROM d) ORDER BY b.id FOR UPDATE
    )
    UPDATE batches_batch b SET {{assignments}}, version = version + 1
    FROM d JOIN locked ON locked.id = d.batch_id WHERE b.id = d.batch_id;
    RETURN NULL;
END $$;
"""


RUN_ROW = "batch_id, status, coalesce(changes, 0) AS changes, cost_microdollars AS cost, coalesce(duration_ms, 0) AS ms"
RUN_DELTA = f"""
    SELECT batch_id, sum(sign) AS page_delta, {delta("status", STATUSES)},
        sum(sign * changes) AS change_delta, sum(sign * cost) AS cost_delta, sum(sign * ms) AS ms_delta
    FROM changed GROUP BY batch_id
    HAVING count(*) FILTER (WHERE sign = 1) <> count(*) FILTER (WHERE sign = -1)
        OR {" OR ".join(f"coalesce(sum(sign) FILTER (WHERE status = '{s}'), 0) <> 0" for s in STATUSES)}
        OR sum(sign * changes) <> 0 OR sum(sign * cost) <> 0 OR sum(sign * ms) <> 0
"""
RUN_SET = (
    "page_count = page_count + coalesce(d.page_delta, 0), "
    + apply(STATUSES)
    + ", change_count = change_count + coalesce(d.change_delta, 0)"
    + ", cost_microdollars = cost_microdollars + coalesce(d.cost_delta, 0)"
    + ", duration_ms_sum = duration_ms_sum + coalesce(d.ms_delta, 0)"
)
REVIEW_ROW = "batch_id, review, level"
HELD = "review = 'pending' AND level IN ('hold', 'refuse')"
REVIEW_DELTA = f"""
    SELECT batch_id, {delta("review", REVIEWS)}, sum(sign) FILTER (WHERE {HELD}) AS held_delta
    FROM changed GROUP BY batch_id
    HAVING {" OR ".join(f"coalesce(sum(sign) FILTER (WHERE review = '{r}'), 0) <> 0" for r in REVIEWS)}
        OR coalesce(sum(sign) FILTER (WHERE {HELD}), 0) <> 0
"""
REVIEW_SET = apply(REVIEWS) + ", held_count = held_count + coalesce(d.held_delta, 0)"

TABLES = (
    ("batches_pagerun", "batch_counts_runs", RUN_ROW, RUN_DELTA, RUN_SET),
    ("batches_suggestion", "batch_counts_reviews", REVIEW_ROW, REVIEW_DELTA, REVIEW_SET),
)
OPERATIONS = {
    "INSERT": ("REFERENCING NEW TABLE AS new_rows", "SELECT 1 AS sign, {row} FROM new_rows"),
    "UPDATE": (
        "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "SELECT -1 AS sign, {row} FROM old_rows UNION ALL SELECT 1, {row} FROM new_rows",
    ),
    "DELETE": ("REFERENCING OLD TABLE AS old_rows", "SELECT -1 AS sign, {row} FROM old_rows"),
}


def forward():
    for table, name, row, body, assignments in TABLES:
        for operation, (referencing, source) in OPERATIONS.items():
            trigger = f"{name}_{operation.lower()}"
            yield function(trigger, source.format(row=row), body).format(assignments=assignments)
            yield (
                f"CREATE TRIGGER {trigger} AFTER {operation} ON {table} {referencing} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {trigger}();"
            )


def backward():
    for table, name, *_ in TABLES:
        for operation in OPERATIONS:
            trigger = f"{name}_{operation.lower()}"
            yield f"DROP TRIGGER {trigger} ON {table}; DROP FUNCTION {trigger}();"


class Migration(migrations.Migration):
    dependencies = [("batches", "0001_initial")]
    operations = [migrations.RunSQL("\n".join(forward()), "\n".join(backward()))]
