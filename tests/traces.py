"""Where a text is found: every table, every file, every key of Valkey."""

from pathlib import Path

import redis
from django.conf import settings
from django.db import connection


def traces(*markers):
    return [
        f"{marker} in {place}"
        for marker in markers
        for place in [*tables(marker), *files(marker), *keys(marker)]
    ]


def tables(marker):
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        for name in names:
            # Binary columns are written as hexadecimal; a marker may stand in them plainly.
            cursor.execute(
                f'SELECT count(*) FROM "{name}" AS row WHERE row::text ILIKE %s OR row::text ILIKE %s',
                [f"%{marker}%", f"%{marker.encode().hex()}%"],
            )
            if cursor.fetchone()[0]:
                yield name


def files(marker):
    root = Path(settings.NIMBUS_ARTIFACTS)
    for path in root.rglob("*"):
        if path.is_file() and (marker.encode() in path.read_bytes() or marker in path.name):
            yield str(path.relative_to(root))


def keys(marker):
    cache = redis.Redis.from_url(settings.REDIS_URL)
    for key in cache.scan_iter():
        value = cache.get(key) if cache.type(key) == b"string" else repr(cache.dump(key)).encode()
        if marker.encode() in key + (value or b""):
            yield key.decode(errors="replace")
