"""The second wall: on PostgreSQL a query without a filter shows one organization's rows."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse

from accounts import api_keys, organizations, tenancy, walls
from accounts.models import ApiKey, AuditEvent, Membership, Organization
from billing.models import Kind, UsageRecord
from tests.conftest import person

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _on_postgres(db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no row-level security. Set DATABASE_URL=postgres://…")


@pytest.fixture
def other(charlie) -> Organization:
    other = charlie.organizations.get()
    api_keys.create(other, name="theirs", created_by=charlie)
    return other


def test_a_query_without_a_filter_returns_only_the_organizations_rows(organization, api_key, other):
    with tenancy.only(organization):
        assert [key.name for key in ApiKey.objects.all()] == ["tests"]
        assert list(Organization.objects.all()) == [organization]
        assert {event.organization_id for event in AuditEvent.objects.all()} == {organization.id}

    assert ApiKey.objects.count() == 2


def test_the_wall_stands_within_a_transaction_and_after_a_savepoint(organization, api_key, other):
    with transaction.atomic():
        with tenancy.only(organization):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                raise ZeroDivisionError
            assert ApiKey.objects.count() == 1
        assert ApiKey.objects.count() == 2


def test_a_failed_statement_leaves_no_wall_behind(organization, api_key, other):
    with transaction.atomic(), tenancy.only(organization):
        with pytest.raises(DatabaseError), transaction.atomic():
            Membership.objects.create(organization=other, user=person("dora@example.org"), role="owner")
        assert ApiKey.objects.count() == 1

    assert ApiKey.objects.count() == 2


def test_rows_of_another_organization_are_neither_changed_nor_deleted(organization, api_key, other):
    with tenancy.only(organization):
        assert ApiKey.objects.filter(organization_id=other.id).update(name="mine now") == 0
        assert ApiKey.objects.filter(organization_id=other.id).delete()[0] == 0
        assert ApiKey.objects.update(name="all of them") == 1

    assert other.keys.get().name == "theirs"


def test_no_row_is_made_for_another_organization(organization, other):
    with tenancy.only(organization), pytest.raises(DatabaseError, match="row-level security"):
        UsageRecord.objects.create(organization=other, kind=Kind.SCAN)


def test_a_cursor_of_many_rows_sees_one_organization(organization, api_key, other):
    with tenancy.only(organization):
        assert [key.name for key in ApiKey.objects.iterator(chunk_size=1)] == ["tests"]


def test_the_role_without_an_organization_sees_nothing(organization, api_key):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {walls.ROLE}")
        counts = {}
        for table in walls.tenant_tables():
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]

    assert set(counts.values()) == {0}
    assert "accounts_apikey" in counts


def test_the_role_owns_nothing_and_cannot_pass_the_wall():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = %s", [walls.ROLE])
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = %s", [walls.ROLE])
        assert cursor.fetchone()[0] == 0


def test_the_role_may_use_every_table_also_those_that_no_migration_makes():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE made_later (id int)")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
            "AND NOT has_table_privilege(%s, oid, 'INSERT')",
            [walls.ROLE],
        )
        without = cursor.fetchall()
        cursor.execute("DROP TABLE made_later")

    assert without == []


def test_every_table_of_a_tenant_has_its_wall():
    named = {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.name == "organization" for field in model._meta.concrete_fields)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relrowsecurity")
        walled = {row[0] for row in cursor.fetchall()}

    assert len(named) > 8
    assert named | {"accounts_organization"} <= walled


def test_a_request_leaves_nothing_on_the_connection(organization, api_key, other, client):
    client.post("/ocr/fields", {}, content_type="application/json", headers={"Authorization": f"Bearer {api_key}"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('spocr.organization', true)")
        assert cursor.fetchone() in ((connection.settings_dict["USER"], ""), (connection.settings_dict["USER"], None))
    assert ApiKey.objects.count() == 2


def test_within_a_request_the_wall_stands_until_the_last_streamed_byte(organization, api_key, other, rf):
    def streaming(request) -> HttpResponse:
        tenancy.enter(organization)
        return StreamingHttpResponse(str(ApiKey.objects.count()) for _ in range(2))

    response = tenancy.TenancyMiddleware(streaming)(rf.get("/"))

    assert ApiKey.objects.count() == 2
    assert list(response) == [b"1", b"1"]
    assert ApiKey.objects.count() == 2


def test_a_door_narrows_the_request(organization, api_key, other, client, monkeypatch):
    seen = []
    unfiltered = lambda *_: seen.append(ApiKey.objects.count())  # noqa: E731
    monkeypatch.setattr("ocr.api.workspace.inputs.fields_request", unfiltered)

    client.raise_request_exception = False
    client.post("/ocr/fields", {}, content_type="application/json", headers={"Authorization": f"Bearer {api_key}"})

    assert seen == [1]


def test_what_looks_across_organizations_says_so(organization, alice, other):
    organizations.create(alice, name="Second")

    with tenancy.only(organization):
        assert len(organizations.memberships(alice)) == 1
        with tenancy.everyone():
            assert len(organizations.memberships(alice)) == 2
