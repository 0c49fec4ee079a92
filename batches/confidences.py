"""How sure the checks are of a batch's pages: a bar for each tenth, the mean, and how many are doubtful."""

from typing import Any

from django.db import connection

from batches.models import Batch

BARS, HEIGHT, WIDTH, GAP = 10, 60, 30, 4
# Below this a page is worth a look of its own.
DOUBTFUL = 0.5
COUNTS = """
SELECT least(width_bucket(confidence, 0, 1, 10), 10), count(*), count(*) FILTER (WHERE confidence < %s),
    sum(confidence)
FROM batches_pagerun WHERE batch_id = %s AND confidence IS NOT NULL GROUP BY 1
"""


def chart(batch: Batch) -> dict[str, Any] | None:
    """Bars in the units of their view box; None where no page has a confidence yet."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [DOUBTFUL, batch.id])
        rows = cursor.fetchall()
    if not rows:
        return None
    counts = {tenth: pages for tenth, pages, *_ in rows}
    total, highest = sum(counts.values()), max(counts.values())
    bars = []
    for tenth in range(1, BARS + 1):
        pages = counts.get(tenth, 0)
        # Whatever exists is seen.
        height = max(round(HEIGHT * pages / highest), 1) if pages else 0
        low = (tenth - 1) / BARS
        look = "low" if low < DOUBTFUL else "mid" if low < 0.8 else "high"
        bars.append({
            "x": (tenth - 1) * (WIDTH + GAP), "y": HEIGHT - height, "height": height, "look": look,
            "low": f"{low:.1f}", "high": f"{low + 1 / BARS:.1f}", "pages": pages,
        })  # fmt: skip
    return {
        "bars": bars,
        "width": BARS * (WIDTH + GAP) - GAP,
        "bar": WIDTH,
        "height": HEIGHT,
        "pages": total,
        "doubtful": sum(row[2] for row in rows),
        "mean": f"{sum(row[3] for row in rows) / total:.2f}",
    }
