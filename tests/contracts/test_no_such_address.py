"""An address that is none: programs get the envelope, people a page."""

from django.test import Client

from tests.contracts.workspace.conftest import envelope, refused


def test_a_program_with_a_key_is_told_in_the_envelope(api_key):
    answer = Client().post("/ocr/tables", headers={"Authorization": f"Bearer {api_key}"})

    words = "There is no such address. Every one is listed at http://127.0.0.1:8000/reference."
    assert refused(answer) == (404, envelope("not_found", words))
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_person_who_is_lost_gets_a_page(client, db):
    answer = client.get("/nowhere")

    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
