import pytest

from ocr.extraction.extract import extract
from ocr.extraction.mrz import find_zone
from ocr.extraction.reading import Reading
from ocr.extraction.templates import PASSPORT
from tests.ocr.extraction.pages import page

# The specimen of the standard: ICAO 9303, part 4, appendix B.
FIRST = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
SECOND = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
PRINTED = (
    "PASSPORT            UTOPIA",
    "Type / Type    Code of issuing State    Passport No.",
    "P              UTO                      L898902C3",
    "Surname / Nom",
    "ERIKSSON",
    "Given names / Prénoms",
    "ANNA MARIA",
    "Date of birth / Date de naissance    Sex / Sexe",
    "12 AUG 1974                          F",
    "Date of expiry / Date d'expiration",
    "15 APR 2012",
)


def read(*rows):
    return extract(page(*rows, fragments=True, size=(700, 500)), PASSPORT.fields, "passport")


def texts(found):
    return {name: value.text for name, value in found.values.items() if value.text}


ZONE_ONLY = {
    "type": "P",
    "country": "UTO",
    "passport_no": "L898902C3",
    "surname": "ERIKSSON",
    "given_names": "ANNA<MARIA",
    "nationality": "UTO",
    "birth_date": "740812",
    "sex": "F",
    "expiry_date": "120415",
    "mrz": f"{FIRST} {SECOND}",
}


def test_the_zone_alone_gives_all_it_holds():
    found = read(FIRST, SECOND)

    assert texts(found) == ZONE_ONLY
    assert found.values["birth_date"].normalized == {"date": "1974-08-12"}
    assert found.values["mrz"].normalized == {"mrz": f"{FIRST}\n{SECOND}"}
    assert found.notices == ()


def test_printed_fields_are_preferred_where_the_zone_agrees():
    found = texts(read(*PRINTED, FIRST, SECOND))

    assert found == {
        **ZONE_ONLY,
        "given_names": "ANNA MARIA",
        "birth_date": "12 AUG 1974",
        "expiry_date": "15 APR 2012",
        "nationality": "UTO",
    }


def test_a_misread_number_is_replaced_by_the_one_that_its_check_digit_proves():
    rows = [row.replace("L898902C3", "L898982C3") for row in PRINTED]

    assert texts(read(*rows, FIRST, SECOND))["passport_no"] == "L898902C3"


def test_a_wrong_check_digit_is_told_and_the_printed_value_stands():
    found = read(*PRINTED, FIRST, SECOND.replace("L898902C36", "L898902C37"))

    assert texts(found)["passport_no"] == "L898902C3"
    assert [(notice.code, notice.fields) for notice in found.notices] == [
        ("check_digit_mismatch", ("passport_no", "mrz"))
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (FIRST.rstrip("<") + "<<<<", SECOND),
        (FIRST.replace("<<", "«"), SECOND.replace("<<<<<", "<<<")),
        (FIRST[:20] + " " + FIRST[20:], SECOND[:10] + " " + SECOND[10:]),
        (FIRST, SECOND.replace("7408122", "74O8122")),
    ],
    ids=["fillers lost", "fillers misread", "spaces", "a letter for a digit"],
)
def test_fields_are_read_in_spite_of_the_engines_usual_errors(first, second):
    found = texts(read(first, second))

    assert (found["surname"], found["passport_no"], found["expiry_date"]) == ("ERIKSSON", "L898902C3", "120415")


def test_a_card_with_three_lines_is_read():
    rows = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")

    zone = find_zone(Reading(page(*rows)))

    assert zone is not None
    assert {name: c.text for name, c in zone.fields.items() if name != "mrz"} == {
        "type": "I",
        "country": "UTO",
        "passport_no": "D23145890",
        "birth_date": "740812",
        "sex": "F",
        "expiry_date": "120415",
        "nationality": "UTO",
        "surname": "ERIKSSON",
        "given_names": "ANNA<MARIA",
    }
    assert zone.failed == ()


@pytest.mark.parametrize("rows", [(), ("PASSPORT",), (FIRST,), (FIRST, "total 12.00"), ("<" * 44, "<" * 44)])
def test_half_a_zone_is_none(rows):
    assert find_zone(Reading(page(*rows))) is None
