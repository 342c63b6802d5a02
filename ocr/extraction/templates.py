"""The document types that the product knows, with their fields."""

from dataclasses import dataclass

from ocr.extraction.fields import Field


@dataclass(frozen=True, slots=True)
class Template:
    """A named set of fields."""

    id: str
    title: str
    fields: tuple[Field, ...]


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

TEMPLATES: dict[str, Template] = {template.id: template for template in (INVOICE, RECEIPT)}
