import pytest

from ocr.extraction.layout import rows_of
from tests.ocr.extraction.pages import page


def test_fragments_side_by_side_make_one_row_of_cells():
    rows = rows_of(page("TOTAL          28.00", "CASH           40.00", fragments=True))

    assert [row.text for row in rows] == ["TOTAL\t28.00", "CASH\t40.00"]


@pytest.mark.parametrize("tilt", [-4.0, 3.0])
def test_rows_are_found_on_a_tilted_page(tilt):
    texts = ("Acme Ltd", "A long row of words to show the tilt", "TOTAL                    28.00")

    rows = rows_of(page(*texts, fragments=True, tilt=tilt))

    assert [row.text for row in rows] == ["Acme Ltd", texts[1], "TOTAL\t28.00"]


@pytest.mark.parametrize("tilt", [0.0, -3.0])
def test_a_cut_holds_the_exact_text_and_the_part_of_the_token_with_it(tilt):
    (row,) = rows_of(page("DATE:04/09/2017 12:01", tilt=tilt))

    cut = row.cut(5, 15)

    assert (cut.text, [word.text for word in cut.words]) == ("04/09/2017", ["04/09/2017"])
    (alone,) = page("     04/09/2017", tilt=tilt).words
    corners = zip(cut.words[0].polygon, alone.polygon, strict=True)
    assert all(a == pytest.approx(b) for pair in corners for a, b in zip(*pair, strict=True))


def test_a_page_without_text_has_no_rows():
    assert rows_of(page()) == ()
