"""What browsers may do with an answer."""

import gc

from frontend.operation import memory


def test_an_answer_of_an_api_may_do_nothing_in_a_browser(client):
    for path in ("/amount", "/parse/imageurl"):
        assert client.get(path)["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_page_runs_its_own_scripts_alone(client, db):
    assert "script-src 'self'" in client.get("/")["Content-Security-Policy"]


def test_what_is_loaded_when_a_process_begins_to_serve_is_not_looked_through_again():
    before = gc.get_threshold()
    try:
        memory.settle()

        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] == memory.YOUNG_OBJECTS
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
