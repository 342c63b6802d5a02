"""The caller's own fields: what a name and a description ask for, and where it may stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ocr.extraction import codes, keyed
from ocr.extraction.amounts import amounts, is_money, numbers
from ocr.extraction.dates import dates
from ocr.extraction.fields import Field
from ocr.extraction.finders import NAMES, Finders
from ocr.extraction.headers import ASIDE, KINDS, MONEY, NUMBER, TEXT
from ocr.extraction.lexicon import Book, Label, book_of, find_labels, folded, is_wide, labels_by_meaning, lexicon
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Row

# What callers call things that have a finder, beside the finder's own name.
_MEANT = {
    "store_name": "merchant shop store company_name merchant_name shop_name business_name company",
    "store_address": "address shop_address merchant_address company_address business_address",
    "phone": "telephone tel store_phone phone_number telephone_number phone_no contact_number",
    "date": "transaction_date purchase_date receipt_date day datetime",
    "time": "transaction_time purchase_time",
    "receipt_no": "receipt_number receipt_id ticket_number transaction_id",
    "invoice_no": "invoice_number invoice_id bill_number invoice_num inv_no bill_no document_number",
    "invoice_date": "date_of_invoice issue_date bill_date billing_date date_issued",
    "due_date": "payment_due_date payment_due pay_by",
    "subtotal": "sub_total net_amount net_total amount_before_tax total_net net",
    "tax": "vat gst sales_tax tax_amount vat_amount total_tax tax_total gst_amount",
    "total": "grand_total amount_due total_amount amount_total total_due total_price sum total_payable gross_total",
    "payment_method": "payment_type paid_by payment paid_with",
    "vendor": "supplier seller vendor_name supplier_name seller_name sender issuer",
    "vendor_address": "supplier_address seller_address sender_address",
    "recipient": "customer customer_name buyer client bill_to recipient_name buyer_name client_name billed_to",
    "recipient_address": "customer_address buyer_address billing_address client_address",
    "tax_id": "vat_id vat_number vendor_tax_id tax_number gst_number supplier_vat vat_no gst_no gst_id gstin"
    " vat_registration_number vat_registration_no partita_iva ust_id ust_idnr umsatzsteuer_id n_tva nif cif rfc",
    "email": "email_address mail e_mail",
    "website": "url web homepage web_site",
    "delivery_date": "date_of_delivery shipping_date service_date",
    "fax": "fax_number",
    "mobile": "mobile_number mobile_phone cell_phone",
    "currency": "currency_code",
}
_KNOWN = {folded(word): name for name, words in _MEANT.items() for word in [name, *words.split()]}

_ALIKE = {"total_due": "total", "address": "store_address"}
_DATES = {"date", "invoice_date", "due_date", "delivery_date"}
_MONEYS = {"subtotal", "tax", "total"}
# Meanings that gather what has nothing in common; a field cannot mean them.
_VAGUE = {
    "other_no",
    "other_date",
    "title",
    "footer",
    "position",
    "column_tax",
    "company_id",
    "bank",
}
# What a field means on an invoice, and on a receipt, where both have their own.
_TWINS = (
    ("vendor", "store_name"),
    ("vendor_address", "store_address"),
    ("invoice_date", "date"),
    ("invoice_no", "receipt_no"),
)
# Meanings without a finder that are more exact than the finders' meanings they share words with.
_EXACT = {"order_no", "customer_no", "ship_to", "other_date", "service", "discount", "rounding"}
_STOP_WORDS = {
    "the",
    "of",
    "a",
    "an",
    "in",
    "on",
    "for",
    "and",
    "or",
    "to",
    "is",
    "as",
    "with",
    "this",
}
# Templates whose finders serve a caller's own fields too, with the lexicon that tells what a name means on them,
SUBJECTS = {
    **dict.fromkeys(("delivery", "purchase_order", "quote"), "papers"),
    **dict.fromkeys(("driver_license", "passport", "bankbook"), "identity"),
    **dict.fromkeys(("resident_card", "residence_card", "my_number_card"), "identity"),
    "business_card": "people",
    "india_electoral_roll_cover": "rolls",
}
# and fields of theirs that have another name there.
_CALLED = {
    "license_no": "document_no", "passport_no": "document_no", "id_no": "document_no", "type": "document_type",
    "recipient": "receiver",
}  # fmt: skip
# What callers call the lines of business cards, which have no labels there.
_ON_CARDS = {
    folded(word): name
    for name, words in {
        "name": "person full_name contact_name contact name_of_the_person nom nombre 氏名 名前 お名前 성명 이름 姓名",
        "title": "job_title position role job stelle berufsbezeichnung poste fonction cargo puesto"
        " 役職 肩書 직위 직책 职位 職稱 职务",
        "company": "company_name organization organisation employer firm firma unternehmen société entreprise empresa"
        " 会社 会社名 회사 회사명 公司 公司名称 公司名稱",
        "department": "abteilung service departamento 部署 所属 부서 部门 部門",
    }.items()
    for word in words.split()
}
SHORT = 2  # Characters of a label that may as well be part of another word's name.
OWN = "own"  # Meaning of the caller's labels in their book.


def find_own(
    finders: Finders, field: Field, template_id: str, known: Mapping[str, Candidate] = MappingProxyType({})
) -> Candidate | None:
    """The best candidate for a field that the caller made up.

    Args:
        finders: Of the page.
        field: Not an array.
        template_id: What the page looks like: "invoice", "receipt" or "".
        known: The fields of the template that fits the page, where that is one of SUBJECTS.
    """
    meant = _of_kind(field, known, SUBJECTS.get(finders.kind, ""))
    if meant and _is_fit(meant, field):
        return meant
    direct = _beside_own_labels(finders.reading, field, _phrases(field.name))
    if direct and _is_fit(direct, field) and (direct.score >= 1.6 or not _finder_of(field)):
        return direct
    name = _twin(_finder_of(field), template_id)
    found = finders.find(name) if name else None
    if found and _is_fit(found, field):
        return found
    found = direct or _by_meaning(finders.reading, field) or _described(finders, field, template_id)
    return found or _by_description(finders.reading, field)


def _of_kind(field: Field, known: Mapping[str, Candidate], subject: str) -> Candidate | None:
    """What the template's finder found that the name, or else the description, means on such papers."""
    on_card = subject == "people"
    for phrase in (*_phrases(field.name), *_runs(re.findall(r"\w+", field.description), 4, 1)) if known else ():
        key = folded(phrase)
        meanings = {phrase, *book_of(subject).meanings.get(key, ())} | ({_ON_CARDS.get(key, "")} if on_card else set())
        for name, candidate in known.items():
            if meanings & {name, _CALLED.get(name, name)}:
                return candidate
    return None


def _described(finders: Finders, field: Field, template_id: str) -> Candidate | None:
    """What the finder finds that the description names with two words or more, or with its only one."""
    words = _telling_words(field.description)
    for phrase in _runs(words, 3, min(2, len(words))):
        name = _twin(_finder_of(replace(field, name=phrase)), template_id)
        found = finders.find(name) if name else None
        if found and _is_fit(found, field):
            return found
    return None


def _telling_words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text) if word.lower() not in _STOP_WORDS]


def _runs(words: Sequence[str], most: int, least: int) -> Iterator[str]:
    """Words that follow each other, longer runs first."""
    for count in range(most, max(least, 1) - 1, -1):
        yield from (" ".join(words[i : i + count]) for i in range(len(words) - count + 1))


def _twin(name: str, template_id: str) -> str:
    """The finder for the kind of page: a shop's name on a receipt, a sender's on an invoice."""
    for invoice, receipt in _TWINS:
        if name in (invoice, receipt) and template_id:
            return receipt if template_id == "receipt" else invoice
    return name


def column_key(child: Field) -> str:
    """The name under which a caller's column is read: a usual column's, or its own."""
    return child.name if child.name in ASIDE else standard_column(child) or f"own {child.name}"


def column_labels(reading: Reading, children: Sequence[Field]) -> list[list[Label]]:
    """For each row the labels of the caller's columns and of the usual ones."""
    labels: dict[str, list[str]] = {column_key(c): [*_column_phrases(c)] for c in children}
    for meaning in (*KINDS, *ASIDE):
        labels.setdefault(meaning, []).extend(labels_by_meaning()[meaning])
    book = Book(labels)
    return [find_labels(row, book) for row in reading.rows]


def standard_column(child: Field) -> str:
    """Which of the usual columns a caller's column is, or ""."""
    hints = (child.name, *_runs(_telling_words(child.description), 3, 1))
    return next((name for hint in hints if (name := _usual_column(folded(hint)))), "")


def _usual_column(key: str) -> str:
    labels = labels_by_meaning()
    for name in KINDS:
        if key == folded(name) or key in {folded(phrase) for phrase in labels[name]}:
            return name
    return _COLUMN_NAMES.get(key, "")


def column_kind(child: Field) -> str:
    """What the cells of a caller's column hold."""
    if child.name in ASIDE and child.type == "string":
        return TEXT
    standard = standard_column(child)
    if child.type == "string":
        return KINDS.get(standard, TEXT)
    return MONEY if child.type == "money" else NUMBER


_COLUMN_NAMES = {
    folded(word): name
    for name, words in {
        "description": "item_name product_name item title name label goods article text menu",
        "quantity": "count number_of units pieces qty no_of_items",
        "unit_price": "price_per_unit rate each unit_cost single_price",
        "amount": "line_total total_price sum cost price line_amount row_total value",
    }.items()
    for word in words.split()
}


def _phrases(name: str) -> list[str]:
    """A field's name as words: "InvoiceNumber", "invoice_number" give "invoice number"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.sub(r"[_\-./]+", " ", spaced).split()
    phrases = [" ".join(words)]
    if words and words[-1].lower() in {"number", "no", "id", "code", "name"} and len(words) > 1:
        stem = " ".join(words[:-1])
        phrases += [
            stem,
            f"{stem} no",
            f"{stem} number",
            f"{stem} nr",
            f"{stem} id",
            f"no of {stem}",
        ]
    return phrases


def _column_phrases(child: Field) -> Iterable[str]:
    yield from _phrases(child.name)
    for meaning in lexicon().look_up(folded(child.name)):
        yield from labels_by_meaning()[meaning]


def _finder_of(field: Field) -> str:
    """The finder for a field's name: by its own names, or by the lexicon's labels."""
    key = folded(field.name)
    name = _KNOWN.get(key, "")
    if not name:
        if set(lexicon().look_up(key)) & _EXACT:
            return ""
        alike = [_ALIKE.get(meaning, meaning) for meaning in lexicon().look_up(key)]
        name = next((meaning for meaning in alike if meaning in NAMES), "")
    fits = {"date": _DATES, "money": _MONEYS}.get(field.type)
    return "" if fits is not None and name not in fits else name


def _recognizer(reading: Reading, field: Field) -> keyed.Recognizer | None:
    """What recognizes the field's type; None for free text."""
    if field.type == "date":
        return lambda text: dates(text, reading.order)
    if field.type in ("money", "number"):
        return amounts if field.type == "money" else numbers
    if _finder_of(field) == "tax_id":
        return codes.tax_ids
    words = set(_phrases(field.name)[0].lower().split())
    if words & {"number", "no", "id", "code", "nr", "reference", "ref"}:
        return codes.document_numbers
    return codes.phones if words & {"phone", "telephone", "fax", "mobile"} else None


def _beside_own_labels(reading: Reading, field: Field, phrases: Sequence[str]) -> Candidate | None:
    """The best value beside a label that has the words of the field."""
    book = Book({OWN: phrases})
    found = [(row, label) for row in reading.rows for label in find_labels(row, book)]
    return _best_beside(reading, field, found)


def _by_meaning(reading: Reading, field: Field) -> Candidate | None:
    """The best value beside labels that mean the same as the field's name in any language."""
    meanings = set(lexicon().look_up(folded(field.name))) - _VAGUE
    meanings = meanings & _EXACT or meanings
    found = _best_beside(reading, field, reading.labelled(*meanings)) if meanings else None
    return found or _by_other_meaning(reading, field)


def _by_other_meaning(reading: Reading, field: Field) -> Candidate | None:
    """The same with the labels of trade papers, cards, business cards and electoral rolls."""
    for subject in ("papers", "identity", "people", "rolls"):
        meanings = book_of(subject).look_up(folded(_phrases(field.name)[0]))
        other = reading.under(subject) if meanings else reading
        if meanings and (found := _best_beside(other, field, other.labelled(*meanings))):
            return found
    return None


def _by_description(reading: Reading, field: Field) -> Candidate | None:
    """The best value beside a label made of words from the description."""
    long = [phrase for phrase in _runs(_telling_words(field.description), 3, 1) if len(folded(phrase)) > 3]
    return _beside_own_labels(reading, field, long) if long else None


def _best_beside(reading: Reading, field: Field, found: Sequence[tuple[Row, Label]]) -> Candidate | None:
    recognizer = _recognizer(reading, field)
    found = [(row, label) for row, label in found if _is_clear(row, label)]
    if recognizer:
        candidates = keyed.beside_labels(reading, found, recognizer)
        return keyed.best(c for c in candidates if field.type != "string" or not is_money(c.text))
    texts = (keyed.text_beside(reading, row, label) for row, label in found)
    return keyed.best(candidate for candidate in texts if candidate)


def _is_clear(row: Row, label: Label) -> bool:
    """A short word of letters is a label where it stands apart: "PO" is none in "PO Box 1"."""
    return label.length > SHORT or label.is_apart or is_wide(row.text[label.start])


def _is_fit(candidate: Candidate, field: Field) -> bool:
    """The candidate has the form that the field's type asks for."""
    needed = {"date": "date", "money": "amount", "number": "number"}.get(field.type)
    return needed is None or needed in (candidate.normalized or {})


def as_number(candidate: Candidate) -> Candidate:
    """A money candidate in the form of a plain number."""
    amount = (candidate.normalized or {}).get("amount")
    return replace(candidate, normalized={"number": amount}) if amount else candidate
