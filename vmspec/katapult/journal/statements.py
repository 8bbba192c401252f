"""Statements of the PostgreSQL store, with ``?`` for values."""

from __future__ import annotations

from vmspec.katapult.journal import rate, sql

NOW = "extract(epoch FROM clock_timestamp())::float8"
TABLE = "vmspec.submissions"
VERSIONS = (
    f"""CREATE SCHEMA IF NOT EXISTS vmspec; CREATE TABLE vmspec.schema_version (version integer NOT NULL);
    INSERT INTO vmspec.schema_version VALUES (0); {sql.TABLE}; {sql.INDEXES}""",
    rate.FUNCTION,
)
"""Additions of each version of the schema to the one before."""
HAS_SCHEMA = "SELECT FROM pg_tables WHERE schemaname = 'vmspec' AND tablename = 'schema_version'"
"""Not ``to_regclass``, which does not see what others have made since this transaction began."""
SCHEMA_LOCK = 7680772
"""Advisory lock of whoever makes the schema."""
SESSION = """SELECT set_config('default_transaction_isolation', 'read committed', false),
  set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), false)"""
LIMITS = "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
ROW = ", ".join(sql.COLUMNS).replace("held_until", f"held_until > {NOW}")
BEGUN = dict.fromkeys(("begun_at", "changed_at"), "extract(epoch FROM now())::float8")
CHANGED = {"begun_at": "begun_at", "changed_at": NOW}


def _expressions(**own: str) -> str:
    return ", ".join({**own, "held_until": f"{NOW} + ?"}.get(name, "?") for name in sql.COLUMNS)


INSERT = f"INSERT INTO {TABLE} AS stored ({', '.join(sql.COLUMNS)}) VALUES ({_expressions(**BEGUN)})"
BEGIN = f"{INSERT} ON CONFLICT (api_url, organization, key) WHERE {sql.CLAIM} DO NOTHING RETURNING {ROW}"
ADVANCE = f"""UPDATE {TABLE} SET ({", ".join(sql.COLUMNS)}) = ({_expressions(**CHANGED)})
  WHERE id = ? AND revision = ? RETURNING {ROW}"""
OWNER = f"WHERE api_url = ? AND organization = ? AND key = ? AND {sql.CLAIM}"
EXTEND = f"""UPDATE {TABLE} AS stored SET held_until = {NOW} + held.left_s
  FROM unnest(?::text[], ?::float8[]) AS held (id, left_s)
  WHERE stored.id = held.id AND stored.holder = ? AND stored.held_until > {NOW}"""
UNDO = f"""{INSERT} ON CONFLICT (id) DO UPDATE SET (state, reason, revision, changed_at, held_until)
  = (excluded.state, excluded.reason, excluded.revision, excluded.changed_at, excluded.held_until)
  WHERE stored.revision = ? OR (stored.revision = ? AND stored.holder = excluded.holder)"""
"""The row is added if it is not there, so that an insert that arrives late is refused."""
