"""The document types that the product knows, with their fields."""

from dataclasses import dataclass

from ocr.extraction.fields import Field


@dataclass(frozen=True, slots=True)
class Template:
    """A named set of fields."""

    id: str
    title: str
    fields: tuple[Field, ...]

    @property
    def is_built_in(self) -> bool:
        """The product knows it; others are organizations' own."""
        return self.id in TEMPLATES


_ITEMS = Field(
    "items",
    "array",
    "Goods or services, one row each",
    (
        Field("description", "string", "What was sold"),
        Field("quantity", "number", "How many"),
        Field("unit_price", "money", "Price of one"),
        Field("amount", "money", "Price of the row"),
    ),
)

_SUMS = (
    Field("subtotal", "money", "Sum before tax"),
    Field("tax", "money", "Sum of the taxes"),
    Field("total", "money", "Sum to pay, tax included"),
)

INVOICE = Template(
    "invoice",
    "Invoice",
    (
        Field("vendor", "string", "Who sends the invoice"),
        Field("vendor_address", "string", "Address of the sender"),
        Field("vendor_tax_id", "string", "Tax or VAT number of the sender"),
        Field("recipient", "string", "Who is to pay"),
        Field("invoice_no", "string", "Number of the invoice"),
        Field("invoice_date", "date", "Date of issue"),
        Field("due_date", "date", "Date by which to pay"),
        Field("currency", "string", "Currency of the sums"),
        _ITEMS,
        *_SUMS,
    ),
)

RECEIPT = Template(
    "receipt",
    "Receipt",
    (
        Field("store_name", "string", "Name of the shop or its company"),
        Field("store_address", "string", "Address of the shop"),
        Field("store_phone", "string", "Telephone number of the shop"),
        Field("transaction_date", "date", "Date of the purchase"),
        Field("transaction_time", "string", "Time of the purchase"),
        Field("receipt_no", "string", "Number of the receipt"),
        _ITEMS,
        *_SUMS,
        Field("payment_method", "string", "Cash, or the kind of card"),
    ),
)

DELIVERY = Template(
    "delivery",
    "Delivery note",
    (
        Field("sender", "string", "Who delivers"),
        Field("recipient", "string", "Who receives the goods"),
        Field("recipient_address", "string", "Where the goods go"),
        Field("delivery_no", "string", "Number of the delivery note"),
        Field("delivery_date", "date", "Day of the delivery"),
        Field("tracking_no", "string", "Number of the parcel"),
        Field(
            "items",
            "array",
            "Goods, one row each",
            (
                Field("description", "string", "What is delivered"),
                Field("quantity", "number", "How many"),
                Field("unit", "string", "Unit of the quantity"),
            ),
        ),
    ),
)

PURCHASE_ORDER = Template(
    "purchase_order",
    "Purchase order",
    (
        Field("buyer", "string", "Who orders"),
        Field("supplier", "string", "Who is to deliver"),
        Field("po_no", "string", "Number of the order"),
        Field("order_date", "date", "Day of the order"),
        Field("delivery_date", "date", "Day by which to deliver"),
        _ITEMS,
        Field("total", "money", "Sum of the order"),
    ),
)

QUOTE = Template(
    "quote",
    "Quotation",
    (
        Field("vendor", "string", "Who makes the offer"),
        Field("recipient", "string", "To whom it is made"),
        Field("quote_no", "string", "Number of the quotation"),
        Field("quote_date", "date", "Day of the quotation"),
        Field("valid_until", "date", "Last day on which it holds"),
        _ITEMS,
        Field("total", "money", "Sum of the offer"),
    ),
)

BUSINESS_CARD = Template(
    "business_card",
    "Business card",
    (
        Field("name", "string", "The person"),
        Field("name_phonetic", "string", "The name in kana or Latin letters"),
        Field("title", "string", "The person's position"),
        Field("company", "string", "The company"),
        Field("department", "string", "The department"),
        Field("phone", "string", "Telephone number"),
        Field("mobile", "string", "Mobile number"),
        Field("fax", "string", "Fax number"),
        Field("email", "string", "E-mail address"),
        Field("website", "string", "Web address"),
        Field("address", "string", "Postal address"),
    ),
)

DRIVER_LICENSE = Template(
    "driver_license",
    "Driving licence",
    (
        Field("name", "string", "The holder"),
        Field("birth_date", "date", "Day of birth"),
        Field("address", "string", "Where the holder lives"),
        Field("license_no", "string", "Number of the licence"),
        Field("issue_date", "date", "Day of issue"),
        Field("expiry_date", "date", "Last day on which it holds"),
        Field("class", "string", "Classes of vehicles"),
    ),
)

PASSPORT = Template(
    "passport",
    "Passport",
    (
        Field("type", "string", "Type of the document"),
        Field("country", "string", "Code of the issuing state"),
        Field("passport_no", "string", "Number of the passport"),
        Field("surname", "string", "Family name"),
        Field("given_names", "string", "Given names"),
        Field("nationality", "string", "Nationality"),
        Field("birth_date", "date", "Day of birth"),
        Field("sex", "string", "Sex as printed"),
        Field("issue_date", "date", "Day of issue"),
        Field("expiry_date", "date", "Last day on which it holds"),
        Field("mrz", "string", "Both lines of the machine readable zone"),
    ),
)

BANKBOOK = Template(
    "bankbook",
    "Bank book",
    (
        Field("bank", "string", "The bank"),
        Field("branch", "string", "The branch"),
        Field("account_type", "string", "Kind of account"),
        Field("account_no", "string", "Account number or IBAN"),
        Field("account_holder", "string", "Whose account it is"),
    ),
)

_HOLDER = (
    Field("name", "string", "The holder"),
    Field("birth_date", "date", "Day of birth"),
    Field("sex", "string", "Sex as printed"),
    Field("address", "string", "Where the holder lives"),
    Field("id_no", "string", "Number of the holder or card"),
    Field("issue_date", "date", "Day of issue"),
    Field("expiry_date", "date", "Last day on which it holds"),
)

RESIDENT_CARD = Template("resident_card", "Resident registration card", _HOLDER)
RESIDENCE_CARD = Template("residence_card", "Residence card", _HOLDER)
MY_NUMBER_CARD = Template("my_number_card", "My Number card", _HOLDER)

ELECTORAL_ROLL = Template(
    "india_electoral_roll_cover",
    "Cover of an Indian electoral roll",
    (
        Field("state", "string", "State or union territory"),
        Field("constituency", "string", "Number and name of the assembly constituency"),
        Field("part_no", "string", "Number of the part"),
        Field("section", "string", "Number and name of the section"),
        Field("polling_station", "string", "Number and name of the polling station"),
        Field("voters_male", "number", "Men among the voters"),
        Field("voters_female", "number", "Women among the voters"),
        Field("voters_total", "number", "All voters"),
    ),
)

TEMPLATES: dict[str, Template] = {
    template.id: template
    for template in (
        INVOICE, RECEIPT, DELIVERY, PURCHASE_ORDER, QUOTE, BUSINESS_CARD, DRIVER_LICENSE, PASSPORT, BANKBOOK,
        RESIDENT_CARD, RESIDENCE_CARD, MY_NUMBER_CARD, ELECTORAL_ROLL,
    )
}  # fmt: skip
