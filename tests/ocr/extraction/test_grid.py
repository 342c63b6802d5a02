import pytest

from ocr.extraction.grid import Table, cells_of, tables_of
from ocr.extraction.layout import rows_of
from tests.ocr.extraction.pages import page

INVOICE = (
    "Description             Qty   Price   Amount",
    "Pens, blue                2    3.20     6.40",
    "Ink                       1    7.00     7.00",
    "Paper, white, A4         10    4.00    40.00",
)


def tables(*rows: str, tilt: float = 0.0) -> list[Table]:
    return tables_of(rows_of(page(*rows, fragments=True, tilt=tilt)))


def texts(table: Table) -> list[dict[int, str]]:
    """The cells of each row by their columns."""
    return [{cell.column: cell.text for cell in row} for row in table.rows]


@pytest.mark.parametrize("tilt", [0.0, -3.0])
def test_cells_under_each_other_are_a_column_with_a_name(tilt):
    (table,) = tables(*INVOICE, tilt=tilt)

    assert table.header == ("Description", "Qty", "Price", "Amount")
    assert [column.is_number for column in table.columns] == [False, True, True, True]
    assert texts(table)[2] == {0: "Ink", 1: "1", 2: "7.00", 3: "7.00"}


def test_an_empty_cell_leaves_the_others_in_their_columns():
    (table,) = tables(*INVOICE, "Delivery                               5.00")

    assert texts(table)[-1] == {0: "Delivery", 3: "5.00"}


def test_a_wide_gap_that_no_other_row_has_parts_no_cell():
    more = [f"Envelope number {number}        1    1.00     1.00" for number in range(5)]

    (table,) = tables(*INVOICE, *more, "Pens,    red              2    3.20     6.40")

    assert len(table.columns) == 4
    assert texts(table)[-1] == {0: "Pens, red", 1: "2", 2: "3.20", 3: "6.40"}


def test_columns_that_nearly_touch_in_one_row_are_parted_where_the_others_are():
    (table,) = tables(*INVOICE, "Scissors, made of steel  12    9.00   108.00")

    assert texts(table)[-1] == {0: "Scissors, made of steel", 1: "12", 2: "9.00", 3: "108.00"}


def test_a_heading_over_two_columns_reaches_over_both():
    (table,) = tables(
        "Branch          Sales and returns",
        "North               10         20",
        "South               11         21",
        "West                12         22",
    )

    assert [(cell.text, cell.column, cell.span) for cell in table.rows[0]] == [
        ("Branch", 0, 1), ("Sales and returns", 1, 2)
    ]  # fmt: skip
    assert table.header == ("Branch", "Sales and returns", "Sales and returns")


def test_names_of_columns_may_stand_on_two_rows():
    (table,) = tables(
        "Item              Unit     Line",
        "                 price    total",
        "Pens              3.20     6.40",
        "Ink               7.00     7.00",
    )

    assert table.header == ("Item", "Unit price", "Line total")


def test_wrapped_text_stands_in_its_column():
    (table,) = tables(*INVOICE[:2], "in a box of twelve", *INVOICE[2:])

    assert texts(table)[2] == {0: "in a box of twelve"}


def test_what_stands_above_a_table_in_other_places_is_not_of_it():
    above, table = tables("Acme Ltd                        Invoice 77", "", "", "", "", "", "", *INVOICE)

    assert texts(above) == [{0: "Acme Ltd", 1: "Invoice 77"}]
    assert len(table.rows) == 4


def test_a_list_without_words_over_its_numbers_has_no_header():
    (table,) = tables("TOTAL                 28.00", "CASH                  40.00", "CHANGE                12.00")

    assert table.header_rows == 0
    assert table.header == ("", "")


def test_prose_is_no_table():
    assert tables("It was a bright cold day in April, and the", "clocks were striking thirteen; Winston Smith,") == []


def test_rows_outside_of_tables_are_one_cell():
    rows = rows_of(page("Acme Ltd", "TOTAL                 28.00", "Thank you", fragments=True))

    assert [[cell.text for cell in row] for row in cells_of(rows)] == [["Acme Ltd"], ["TOTAL", "28.00"], ["Thank you"]]


def test_a_cell_knows_its_place():
    (table,) = tables(*INVOICE)

    box = table.rows[3][0].box

    assert (box.left, box.right) == (40, 200)
