"""What the database itself holds, whatever our code forgets.

* The audit log is append-only: a trigger refuses every change of an event, and its deletion while
  the organization still keeps it (`keep_logs_days`) and is not due for deletion itself.
* On PostgreSQL, row-level security: within `tenancy.only(organization)` statements run as the role
  `spocr_tenant`, which owns nothing and sees the rows of that organization alone.

Raised after every `migrate`, when all tables stand, and harmless to raise again. Both read the model
registry, so that a new table of a tenant gets its wall by itself.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.utils import DatabaseError

ROLE = "spocr_tenant"
OURS = ("accounts", "billing", "ocr")
ORGANIZATIONS = "accounts_organization"

_KEPT = "FROM accounts_organization o WHERE o.id = OLD.organization_id"
_SQLITE = (  # our own names only
    """CREATE TRIGGER IF NOT EXISTS audit_never_changes BEFORE UPDATE ON accounts_auditevent
    BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END""",
    f"""CREATE TRIGGER IF NOT EXISTS audit_is_kept BEFORE DELETE ON accounts_auditevent WHEN EXISTS (
    SELECT 1 {_KEPT} AND (o.deletion_due_at IS NULL OR julianday(o.deletion_due_at) > julianday('now'))
    AND julianday(OLD.created_at) > julianday('now') - o.keep_logs_days)
    BEGIN SELECT RAISE(ABORT, 'audit events are kept'); END""",
)
_POSTGRES = (
    f"""CREATE OR REPLACE FUNCTION spocr_audit_wall() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION 'audit events are never changed'; END IF;
      IF EXISTS (SELECT 1 {_KEPT} AND (o.deletion_due_at IS NULL OR o.deletion_due_at > now())
        AND OLD.created_at > now() - make_interval(days => o.keep_logs_days))
      THEN RAISE EXCEPTION 'audit events are kept'; END IF;
      RETURN OLD;
    END $$""",
    "DROP TRIGGER IF EXISTS audit_wall ON accounts_auditevent",
    """CREATE TRIGGER audit_wall BEFORE UPDATE OR DELETE ON accounts_auditevent
    FOR EACH ROW EXECUTE FUNCTION spocr_audit_wall()""",
)
_LIFT = {
    "sqlite": ("DROP TRIGGER IF EXISTS audit_never_changes", "DROP TRIGGER IF EXISTS audit_is_kept"),
    "postgresql": ("DROP TRIGGER IF EXISTS audit_wall ON accounts_auditevent",),
}
# Two databases of one cluster may be migrated at the same moment: the role is theirs together.
_MAKE_ROLE = f"""DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE} NOLOGIN; END IF;
  IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN GRANT {ROLE} TO CURRENT_USER; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; WHEN insufficient_privilege THEN NULL; END $$"""  # noqa: S608
_HAS_ROLE = f"SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}' AND pg_has_role(oid, 'MEMBER'))"  # noqa: S608

_WITHOUT_RIGHTS = f"""SELECT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace
  AND relkind = 'r' AND NOT has_table_privilege('{ROLE}', oid, 'SELECT'))"""  # noqa: S608


def raise_all(connection: BaseDatabaseWrapper) -> None:
    """Raise every wall that this database can hold."""
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRES:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute(_MAKE_ROLE)
            if has_role(connection):
                for statement in _rights(cursor):
                    cursor.execute(statement)
                for table in _without_policy(cursor):
                    _secure(table, connection)


def make_role(connection: BaseDatabaseWrapper) -> None:
    """Make the role that policies name: a dump of another server cannot be loaded before it is there."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_ROLE)


def lift_audit(connection: BaseDatabaseWrapper) -> None:
    """Take the audit log's wall down, for emptying a database whole; `raise_all` puts it back."""
    with connection.cursor() as cursor:
        for statement in _LIFT[connection.vendor]:
            cursor.execute(statement)


def has_role(connection: BaseDatabaseWrapper) -> bool:
    """Whether this connection may become the role that row-level security binds."""
    if connection.vendor != "postgresql":
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute(_HAS_ROLE)
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False


def tenant_tables() -> list[str]:
    """Every table whose rows name their organization, and the table of organizations itself."""
    named = [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in OURS and any(field.name == "organization" for field in model._meta.concrete_fields)
    ]
    return [ORGANIZATIONS, *named]


def _without_policy(cursor: CursorWrapper) -> list[str]:
    cursor.execute("SELECT tablename FROM pg_policies WHERE policyname = 'of_organization'")
    done = {row[0] for row in cursor.fetchall()}
    # A migration that was taken back has taken its tables with it.
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    there = {row[0] for row in cursor.fetchall()}
    return [table for table in tenant_tables() if table in there - done]


def _rights(cursor: CursorWrapper) -> Iterator[str]:
    cursor.execute(_WITHOUT_RIGHTS)
    if not cursor.fetchone()[0]:
        return
    rights = "SELECT, INSERT, UPDATE, DELETE"
    yield f"GRANT USAGE ON SCHEMA public TO {ROLE}"
    yield f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {ROLE}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}"
    # For tables that no migration makes, such as the cache's.
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON TABLES TO {ROLE}"
    yield f"REVOKE UPDATE, DELETE ON accounts_auditevent FROM {ROLE}"


def _secure(table: str, connection: BaseDatabaseWrapper) -> None:
    """Row-level security with its policy at once: without one it shows and takes nothing, beside whoever works."""
    column = "id" if table == ORGANIZATIONS else "organization_id"
    mine = f"{column} = nullif(current_setting('spocr.organization', true), '')::bigint"
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        cursor.execute(f"CREATE POLICY of_organization ON {table} TO {ROLE} USING ({mine}) WITH CHECK ({mine})")


def raise_after_migrate(*, using: str, **_: Any) -> None:
    """Django's `post_migrate`: all tables stand now."""
    raise_all(connections[using])
