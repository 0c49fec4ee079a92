"""What makes approved text visible to builds: the project's results version, which `since=` compares."""

from collections.abc import Iterable

from django.db import connection

from batches.models import Page


def publish(project_id: str, page_ids: Iterable[str]) -> int:
    """Give these pages the project's next results version.

    The project's row stays locked until the commit, so that versions become visible in their order.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_project SET results_version = results_version + 1 WHERE id = %s "
            "RETURNING results_version",
            [project_id],
        )
        version = int(cursor.fetchone()[0])
    Page.objects.filter(id__in=list(page_ids)).update(results_version=version)
    return version
