"""GET /templates, and what the answer names works at POST /ocr/fields."""

import pytest
from django.test import Client

from ocr import sheets
from tests.contracts.workspace.conftest import encoded, refused

# The contract's table.
TABLE = {
    "invoice": "vendor vendor_address vendor_tax_id recipient invoice_no invoice_date due_date currency items subtotal "
    "tax total",
    "receipt": "store_name store_address store_phone transaction_date transaction_time receipt_no items subtotal tax "
    "total payment_method",
    "delivery": "sender recipient recipient_address delivery_no delivery_date tracking_no items",
    "purchase_order": "buyer supplier po_no order_date delivery_date items total",
    "quote": "vendor recipient quote_no quote_date valid_until items total",
    "business_card": "name name_phonetic title company department phone mobile fax email website address",
    "driver_license": "name birth_date address license_no issue_date expiry_date class",
    "passport": "type country passport_no surname given_names nationality birth_date sex issue_date expiry_date mrz",
    "bankbook": "bank branch account_type account_no account_holder",
    "resident_card": "name birth_date sex address id_no issue_date expiry_date",
    "residence_card": "name birth_date sex address id_no issue_date expiry_date",
    "my_number_card": "name birth_date sex address id_no issue_date expiry_date",
    "india_electoral_roll_cover": "state constituency part_no section polling_station voters_male voters_female "
    "voters_total",
}
PRICED = ["description", "quantity", "unit_price", "amount"]
COLUMNS = {"invoice": PRICED, "receipt": PRICED, "purchase_order": PRICED, "quote": PRICED,
           "delivery": ["description", "quantity", "unit"]}  # fmt: skip


@pytest.fixture
def listed(api_key):
    return Client().get("/templates", headers={"Authorization": f"Bearer {api_key}"}).json()["templates"]


def test_every_template_of_the_contract_is_listed_with_its_fields(listed):
    assert {one["id"]: " ".join(field["name"] for field in one["fields"]) for one in listed} == TABLE
    columns = {
        one["id"]: [child["name"] for child in field["children"]]
        for one in listed
        for field in one["fields"]
        if field["type"] == "array"
    }
    assert columns == COLUMNS


def test_a_template_is_written_out_whole(listed):
    (one,) = (one for one in listed if one["id"] == "bankbook")

    assert one == {
        "id": "bankbook",
        "name": "Bank book",
        "builtIn": True,
        "fields": [
            {"name": "bank", "type": "string", "description": "The bank"},
            {"name": "branch", "type": "string", "description": "The branch"},
            {"name": "account_type", "type": "string", "description": "Kind of account"},
            {"name": "account_no", "type": "string", "description": "Account number or IBAN"},
            {"name": "account_holder", "type": "string", "description": "Whose account it is"},
        ],
    }


def test_the_list_needs_a_key(client, db):
    assert refused(client.get("/templates/"))[0] == 401


def test_every_template_answers_all_of_its_fields_in_order_on_any_page(post, receipt):
    for template_id, names in TABLE.items():
        answer = post({"image": encoded(receipt), "templateId": template_id}).json()
        assert " ".join(answer["data"]) == names


def test_a_sheet_with_columns_of_its_own_is_a_template(call, post, receipt):
    columns = [{"name": "total", "type": "money", "description": "What was paid"}]
    made = call("/create", {"path": "/", "type": "sheet", "name": "Coffee", "columns": columns}).json()
    call("/create", {"path": "/", "type": "sheet", "name": "Built in", "templateId": "receipt"})

    own = [one for one in call("/templates").json()["templates"] if not one["builtIn"]]

    assert own == [{"id": made["uniqueKey"], "name": "Coffee", "builtIn": False, "fields": columns}]
    read = post({"image": encoded(receipt), "templateId": made["uniqueKey"]}).json()["data"]
    assert {name: value["value"] for name, value in read.items()} == {"total": "$5.50"}


def test_a_sheet_is_made_from_an_own_template(call):
    columns = [{"name": "total", "type": "money", "description": ""}]
    first = call("/create", {"path": "/", "type": "sheet", "name": "First", "columns": columns}).json()

    second = call("/create", {"path": "/", "type": "sheet", "name": "Second", "templateId": first["uniqueKey"]})

    assert second.status_code == 201
    assert call("/view", path="/Second").json()["columns"] == columns


def test_a_foreign_sheet_is_no_template(refusal, receipt, call, charlie):
    wanted = sheets.Wanted("sheet", "Theirs", columns=[{"name": "total", "type": "money"}])
    sheet = sheets.create(charlie.organizations.get(), "/", wanted)

    status, body = refusal({"image": encoded(receipt), "templateId": sheet.unique_key})

    assert (status, body["details"]["errors"][0]["field"]) == (400, "templateId")
    assert all(one["builtIn"] for one in call("/templates").json()["templates"])
