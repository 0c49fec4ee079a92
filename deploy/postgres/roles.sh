#!/bin/sh -e
# Makes the roles, the database and the extensions; as often as you like. A superuser runs it once:
#   NIMBUS_OWNER_PASSWORD=… NIMBUS_APP_PASSWORD=… NIMBUS_WORKER_PASSWORD=… PGHOST=… PGUSER=postgres deploy/postgres/roles.sh
# The postgres image runs it at its first start, out of /docker-entrypoint-initdb.d.
: "${NIMBUS_OWNER_PASSWORD:?}" "${NIMBUS_APP_PASSWORD:?}" "${NIMBUS_WORKER_PASSWORD:?}"
PGUSER=${PGUSER:-${POSTGRES_USER:-postgres}}
name=${NIMBUS_DATABASE:-nimbus}
export PGUSER

# The passwords go in by the environment: a command line can be read by everybody on the machine.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set name="$name" --dbname postgres <<'SQL'
\getenv owner_password NIMBUS_OWNER_PASSWORD
\getenv app_password NIMBUS_APP_PASSWORD
\getenv worker_password NIMBUS_WORKER_PASSWORD
SELECT format('CREATE ROLE %I', role) FROM unnest(ARRAY[
    'nimbus_owner', 'nimbus_app', 'nimbus_worker', 'nimbus_support']) AS role
WHERE role NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE nimbus_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE nimbus_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'app_password';
ALTER ROLE nimbus_worker LOGIN NOSUPERUSER BYPASSRLS PASSWORD :'worker_password';
ALTER ROLE nimbus_support NOLOGIN NOSUPERUSER BYPASSRLS;
GRANT nimbus_support TO nimbus_app WITH INHERIT FALSE, SET TRUE;
SELECT format('CREATE DATABASE %I OWNER nimbus_owner', :'name')
WHERE :'name' NOT IN (SELECT datname FROM pg_database) \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"name" TO nimbus_app, nimbus_worker, nimbus_support;
SQL

# What the owner makes later, app and worker may use: the migrations grant that themselves.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$name" <<'SQL'
SELECT format('CREATE EXTENSION IF NOT EXISTS %I', name) FROM pg_available_extensions
WHERE name IN ('pg_trgm', 'citext', 'unaccent', 'btree_gin', 'vector') \gexec
ALTER SCHEMA public OWNER TO nimbus_owner;
SQL
