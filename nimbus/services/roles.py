"""The database roles: the owner migrates, the app serves, the worker runs pages of every tenant.

Nobody signs in as the support role: the app takes it on for the support admin, one transaction at a time.
"""

from typing import Any

import psycopg

ROLES = {
    "nimbus_owner": "LOGIN NOSUPERUSER NOBYPASSRLS",
    "nimbus_app": "LOGIN NOSUPERUSER NOBYPASSRLS",
    "nimbus_worker": "LOGIN NOSUPERUSER BYPASSRLS",
    "nimbus_support": "NOLOGIN NOSUPERUSER BYPASSRLS",
}
# Made by the superuser, since the owner may not.
EXTENSIONS = ("pg_trgm", "citext", "unaccent", "btree_gin")


def create(connection: psycopg.Connection[Any]) -> None:
    """The cluster's roles; a second call changes nothing."""
    found = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for name, rights in ROLES.items():
        if name not in found:
            connection.execute(f"CREATE ROLE {name} {rights}")
    connection.execute("GRANT nimbus_support TO nimbus_app WITH INHERIT FALSE, SET TRUE")


def prepare(connection: psycopg.Connection[Any], database: str) -> None:
    """Rights inside one database: what the owner makes later, app and worker may read and write."""
    for extension in EXTENSIONS:
        connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    users = "nimbus_app, nimbus_worker, nimbus_support"
    connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO {users}')
    connection.execute("ALTER SCHEMA public OWNER TO nimbus_owner")
    connection.execute(f"GRANT USAGE ON SCHEMA public TO {users}")
    default = "ALTER DEFAULT PRIVILEGES FOR ROLE nimbus_owner IN SCHEMA public"
    connection.execute(f"{default} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {users}")
    connection.execute(f"{default} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {users}")


def allow_flush(connection: psycopg.Connection[Any]) -> None:
    """In test databases only: tests that really commit empty the tables afterwards."""
    connection.execute("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO nimbus_app, nimbus_worker")


def allow_stand_in(connection: psycopg.Connection[Any]) -> None:
    """In test clusters only: what a test does without a request, it does as the worker."""
    connection.execute("GRANT nimbus_worker TO nimbus_app WITH INHERIT FALSE, SET TRUE")
