"""Which pages of a batch need nothing new: asked at the submission, and in the quote before it."""

# For each uploaded page: the newest run before, its model, and whose results hold where nothing has changed.
# Results of the offline engine hold only as long as there is no model to ask.
UNCHANGED = """
    SELECT n.id, o.id AS before, o.model, CASE
        WHEN o.content_hash = n.content_hash AND o.tier = %(tier)s
            AND coalesce(o.brief_version, 0) = %(brief)s
            AND (o.model <> 'offline' OR %(offline)s) THEN o.holds
    END AS holds
    FROM batches_pagerun n LEFT JOIN LATERAL (
        SELECT o.id, coalesce(o.reused_from_id, o.id) AS holds, o.content_hash, o.brief_version, o.model,
            b.tier
        FROM batches_pagerun o JOIN batches_batch b ON b.id = o.batch_id
        WHERE o.page_id = n.page_id AND o.batch_id <> n.batch_id AND o.status IN ('done', 'skipped')
        ORDER BY o.id + 0 DESC LIMIT 1
    ) o ON true
    WHERE n.batch_id = %(batch)s AND n.status = 'uploaded'
"""
