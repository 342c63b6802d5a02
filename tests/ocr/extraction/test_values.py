from ocr.extraction.fields import Rows, Value
from tests.ocr.extraction.pages import page


def value(text, ratio=1.0, source="token_id"):
    words = tuple(page(text).words) if ratio else ()
    return Value(text, words, ratio, source if ratio else None, 0.5)


def test_an_empty_value_has_no_place():
    empty = Value.empty()

    assert (empty.text, empty.words, empty.match_ratio, empty.source, empty.polygon) == (
        "",
        (),
        0.0,
        None,
        None,
    )


def test_rows_weigh_their_cells_by_length():
    rows = Rows(({"a": value("abcd"), "b": value("xy", 0.0)}, {"a": Value.empty()}))

    assert rows.match_ratio == 4 / 6
    assert rows.source == "token_id"
    assert rows.polygon is not None


def test_one_aligned_cell_makes_the_rows_aligned():
    rows = Rows(({"a": value("abcd"), "b": value("xy", 0.5, "vision_symbol_match")},))

    assert rows.source == "vision_symbol_match"


def test_rows_without_text_have_no_place():
    assert (Rows().match_ratio, Rows().source, Rows().polygon, Rows().confidence) == (0.0, None, None, 0.0)
