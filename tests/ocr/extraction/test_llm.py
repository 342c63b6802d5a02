"""The extractor with a language model, against a server that plays every kind of answer."""

import json
import re

import pytest

from ocr.extraction import chat, llm
from ocr.extraction.chat import ModelFailed, Server
from ocr.extraction.fields import Field, Rows, Value
from tests.fakes import language_model
from tests.ocr.extraction.pages import page

ROWS = ("Acme Ltd", "Invoice no 2024-117", "Oak board   2   10.00", "Pine board   1   4.50", "Total   14.50 EUR")
FIELDS = (
    Field("invoice_no"),
    Field("total", "money", "what is to pay"),
    Field("items", "array", "", (Field("description"), Field("amount", "money"))),
)


@pytest.fixture
def model():
    with language_model.running() as running:
        yield running


def server(model, **options):
    return Server(model.url, "small", key="secret", timeout_seconds=options.pop("timeout_seconds", 5), **options)


def numbered(body):
    """The tokens that were sent: text by number."""
    user = body["messages"][1]["content"]
    text = user if isinstance(user, str) else user[0]["text"]
    return {word: int(number) for number, word in re.findall(r"\[(\d+)\](\S+)", text)}


def one(value, *tokens):
    return {"value": value, "tokens": list(tokens)}


def good(body):
    at = numbered(body)
    rows = [
        {"f1": one("Oak board", at["Oak"], at["board"]), "f2": one("10.00", at["10.00"])},
        {"f1": one("Pine board", at["Pine"], at["Pine"] + 1), "f2": one("4.50", at["4.50"])},
    ]
    total = one("14.50 EUR", at["14.50"], at["EUR"])
    return json.dumps({"f1": one("2024-117", at["2024-117"]), "f2": total, "f3": rows})


def saying(answer):
    return lambda body: json.dumps({"f1": one(""), "f2": one(""), "f3": [], **answer(numbered(body))})


def read(model, **options):
    return llm.extract(page(*ROWS), FIELDS, server(model), **options)


def test_a_good_answer_is_taken_with_the_tokens_it_cites(model):
    model.say = good

    found = read(model)

    number, total = found.values["invoice_no"], found.values["total"]
    assert (number.text, number.match_ratio, number.source) == ("2024-117", 1.0, "token_id")
    assert [word.text for word in number.words] == ["2024-117"]
    assert total.normalized == {"amount": "14.50", "currency": "EUR"}
    rows = [{name: cell.text for name, cell in row.items()} for row in found.values["items"].rows]
    assert rows == [
        {"description": "Oak board", "amount": "10.00"},
        {"description": "Pine board", "amount": "4.50"},
    ]
    assert found.notices == ()


def test_the_page_goes_out_as_numbered_tokens_with_a_schema_and_the_callers_words(model):
    model.say = good

    read(model, prompt="amounts without tax")

    (asked,) = model.asked
    assert (asked["path"], asked["model"]) == ("/v1/chat/completions", "small")
    assert model.headers[0]["Authorization"] == "Bearer secret"
    assert asked["messages"][1]["content"].splitlines()[1] == "[2]Invoice [3]no [4]2024-117"
    assert "f2: total (money) - what is to pay" in asked["messages"][0]["content"]
    assert "amounts without tax" in asked["messages"][0]["content"]
    schema = asked["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == schema["required"] == ["f1", "f2", "f3"]
    assert schema["properties"]["f3"]["items"]["required"] == ["f1", "f2"]


def test_the_picture_goes_along_only_where_the_server_wants_it(model):
    model.say = good

    read(model, picture=b"JPEG")
    llm.extract(page(*ROWS), FIELDS, server(model, with_picture=True), picture=b"JPEG")

    without, with_it = (asked["messages"][1]["content"] for asked in model.asked)
    assert isinstance(without, str)
    assert with_it[1] == {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,SlBFRw=="}}


def test_an_invented_value_has_no_place(model):
    model.say = saying(lambda at: {"f2": one("999.99 USD", at["14.50"])})

    found = read(model)

    assert found.values["total"] == Value("999.99 USD", (), 0.0, None, 0.0, {"amount": "999.99", "currency": "USD"})
    assert [(notice.code, notice.fields) for notice in found.notices] == [("not_on_page", ("total",))]


@pytest.mark.parametrize("tokens", [[99], [-1], [0, 1], ["4"], [True], [4.0], None, "4", [4, 10**30]])
def test_invented_tokens_are_not_believed_but_the_value_is_looked_for(model, tokens):
    model.say = saying(lambda _: {"f1": {"value": "2024-117", "tokens": tokens}})

    number = read(model).values["invoice_no"]

    assert (number.text, number.match_ratio, number.source) == ("2024-117", 1.0, "vision_symbol_match")
    assert [word.text for word in number.words] == ["2024-117"]


def test_a_value_that_differs_in_places_is_located_with_its_ratio(model):
    model.say = saying(lambda at: {"f1": one("2O24-117", at["2024-117"])})

    number = read(model).values["invoice_no"]

    assert (number.source, number.match_ratio) == ("vision_symbol_match", 7 / 8)


def test_cited_tokens_that_hold_nothing_of_the_value_are_left_off(model):
    model.say = saying(lambda at: {"f2": one("14.50", at["Total"], at["14.50"], at["EUR"])})

    assert [word.text for word in read(model).values["total"].words] == ["14.50"]


def test_empty_values_and_rows_are_empty(model):
    model.say = saying(lambda _: {})

    assert read(model).values == {"invoice_no": Value.empty(), "total": Value.empty(), "items": Rows()}


def test_sums_of_a_model_are_checked_too(model):
    model.say = saying(lambda at: {"f2": one("14.50", at["14.50"]), "f3": [
        {"f1": one("Oak board"), "f2": one("10.00", at["10.00"])},
    ]})  # fmt: skip

    assert [notice.code for notice in read(model).notices] == ["sum_mismatch"]


@pytest.mark.parametrize(
    "content",
    [
        "no JSON at all",
        '{"f1": {"value": "2024',
        "[]",
        "null",
        "{}",
        '{"f1": "2024-117", "f2": {"value": "", "tokens": []}, "f3": []}',
        '{"f1": {"value": 5, "tokens": []}, "f2": {"value": "", "tokens": []}, "f3": []}',
        '{"f1": {"value": "", "tokens": []}, "f2": {"value": "", "tokens": []}, "f3": {}}',
        '{"f1": {"value": "", "tokens": []}, "f2": {"value": "", "tokens": []}, "f3": ["row"]}',
        "[" * 100_000,
    ],
)
def test_a_text_of_another_form_is_no_answer(model, content):
    model.say = lambda _: content

    with pytest.raises(ModelFailed, match="did not answer in the form asked for"):
        read(model)


@pytest.mark.parametrize("raw", [b"", b"<html>", b"{}", b'{"choices": []}', b'{"choices": [{}]}', b'{"choices": "x"}'])
def test_a_body_of_another_form_is_no_answer(model, raw):
    model.raw = raw

    with pytest.raises(ModelFailed, match="did not answer in the form asked for"):
        read(model)


def test_a_refusal_is_told(model):
    model.refusal = "I cannot help with that."

    with pytest.raises(ModelFailed, match="refused to answer"):
        read(model)


@pytest.mark.parametrize("status", [500, 429, 401, 404, 302])
def test_a_status_other_than_200_is_told(model, status):
    model.say, model.status = good, status

    with pytest.raises(ModelFailed, match=f"answered with the status {status}"):
        read(model)


def test_an_answer_that_comes_drop_by_drop_is_given_up(model):
    model.say, model.seconds = good, 0.1

    with pytest.raises(ModelFailed, match="took too long"):
        llm.extract(page(*ROWS), FIELDS, server(model, timeout_seconds=1))


def test_a_server_that_is_away_is_told():
    with pytest.raises(ModelFailed, match="could not be reached"):
        llm.extract(page(*ROWS), FIELDS, Server("http://127.0.0.1:9", "small", timeout_seconds=2))


def test_an_answer_without_end_is_given_up(model, monkeypatch):
    monkeypatch.setattr(chat, "MAX_ANSWER_BYTES", 1_000)
    model.raw = b" " * 2_000

    with pytest.raises(ModelFailed):
        read(model)


def test_a_page_with_too_many_words_is_not_sent(model, monkeypatch):
    monkeypatch.setattr(llm, "MAX_TOKENS", 3)

    with pytest.raises(ModelFailed, match="too many words"):
        read(model)
    assert model.asked == []


def test_half_characters_and_endless_values_do_no_harm(model):
    model.say = saying(lambda _: {"f1": one("2024-117\ud800\x00"), "f2": one("9" * 1_000_000)})

    values = read(model).values

    assert (values["invoice_no"].text, values["invoice_no"].match_ratio) == ("2024-117", 1.0)
    assert values["total"].words == ()
