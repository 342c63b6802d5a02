import string

from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.extraction.extract import extract
from ocr.extraction.fields import Field, Rows
from ocr.extraction.locate import squeezed
from ocr.extraction.propose import kind_of
from ocr.extraction.templates import INVOICE, RECEIPT, TEMPLATES
from tests.ocr.extraction.pages import page

WORDS = st.one_of(
    st.sampled_from(
        "TOTAL Invoice No: Date Qty Price Amount Tax 12.50 1.234,56 € RM 04/09/2017 3 x Description "
        "Subtotal Change Cash 合計 ¥1,200 Verkäufer Käufer Name: GmbH Street 12345 York (0.02) "
        "- : TOTAL:9.99".split()
    ),
    st.text(alphabet=string.printable + "äöüß漢字ﬁ½①٣", min_size=1, max_size=6).map(
        lambda text: "".join(text.split()) or "."
    ),
)
ROWS = st.lists(
    st.lists(st.tuples(WORDS, st.sampled_from([" ", "   ", "        "])), min_size=1, max_size=6).map(
        lambda cells: "".join(word + gap for word, gap in cells)
    ),
    max_size=14,
)
OWN = (
    Field("invoice_number"),
    Field("total", "money"),
    Field("anything", "string", "the name of it"),
    Field("count", "number"),
    Field("day", "date"),
    Field(
        "lines",
        "array",
        "",
        (Field("product"), Field("qty", "number"), Field("colour"), Field("price", "money")),
    ),
)


@given(ROWS, st.booleans(), st.sampled_from([0.0, 3.0, 90.0, 180.0]))
@settings(max_examples=150, deadline=None)
def test_every_value_proves_itself_on_any_page(rows, fragments, tilt):
    the_page = page(*rows, fragments=fragments, tilt=tilt)

    for fields, template in ((RECEIPT.fields, "receipt"), (INVOICE.fields, "invoice"), (OWN, "")):
        values = extract(the_page, fields, template).values
        assert list(values) == [field.name for field in fields]
        for value in values.values():
            for cell in value.cells if isinstance(value, Rows) else [value]:
                _check(cell)
    assert kind_of(the_page) in {*TEMPLATES, ""}


def _check(value):
    held = "".join(squeezed(word.text) for word in value.words)
    assert squeezed(value.text) in held
    assert (value.source, value.match_ratio) == (("token_id", 1.0) if value.text else (None, 0.0))
    assert 0.0 <= value.confidence <= 1.0
    assert (value.polygon is None) == (not value.text)
