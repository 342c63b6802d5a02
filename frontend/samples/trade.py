"""The sample invoice and the sample receipt."""

from dataclasses import dataclass

from PIL import Image

from frontend.samples.pen import BOLD, GREY, MONO, PAPER, REGULAR, Pen, askew, centered, money


@dataclass(frozen=True)
class Item:
    """One row of a sample."""

    description: str
    quantity: int
    price_cents: int

    @property
    def amount_cents(self) -> int:
        return self.quantity * self.price_cents


INVOICE_ITEMS = (
    Item("Oak shelf board 120 x 30 cm", 12, 3450),
    Item("Steel wall bracket, black", 24, 690),
    Item("Beech dowel 8 mm, pack of 100", 3, 525),
    Item("Delivery and assembly", 1, 18000),
)
RECEIPT_ITEMS = (
    Item("Rye bread 750g", 1, 420),
    Item("Butter salted", 2, 289),
    Item("Apples 1kg", 1, 315),
    Item("Coffee ground 500g", 1, 749),
    Item("Oat milk 1l", 3, 195),
)


def invoice() -> Image.Image:
    """An A4 page at 150 dots an inch."""
    image = Image.new("L", (1240, 1754), PAPER)
    pen = Pen(image)
    _invoice_head(pen)
    y = _invoice_items(pen, 780)
    _invoice_sums(pen, y + 40)
    pen.write(110, 1560, "Please pay by bank transfer within 30 days and name the invoice number.", 22, shade=GREY)
    pen.write(110, 1600, "Quayside Timber Works Ltd. · VAT no. GB 123 4567 82", 22, shade=GREY)
    return image


def receipt() -> Image.Image:
    """A till receipt, photographed a little askew."""
    image = Image.new("L", (560, 960), PAPER)
    pen = Pen(image)
    for y, text, size in (
        (50, "GREEN LANE MARKET", 34),
        (102, "14 Harbour Road, Port Ellis", 22),
        (136, "Tel 555 0142", 22),
    ):
        pen.write(centered(560, text, size), y, text, size, MONO)
    pen.write(45, 205, "2026-10-14  17:42", 22, MONO)
    pen.write(45, 240, "Receipt no 004821", 22, MONO)
    y = _receipt_items(pen, 315)
    _receipt_sums(pen, y + 20)
    pen.write(centered(560, "Thank you!", 24), 880, "Thank you!", 24, MONO)
    return askew(image, degrees=-1.6, margin=50)


def _invoice_head(pen: Pen) -> None:
    pen.write(110, 110, "Quayside Timber Works Ltd.", 40, BOLD)
    for row, text in enumerate(("7 Sawmill Lane", "Port Ellis PE4 2QT", "VAT no. GB 123 4567 82")):
        pen.write(110, 172 + 34 * row, text, 24)
    pen.write_to(1130, 108, "INVOICE", 46, BOLD)
    pen.write(110, 400, "Bill to", 22, BOLD)
    for row, text in enumerate(("Harbour Street Library", "1 Harbour Street", "Port Ellis PE1 1AA")):
        pen.write(110, 436 + 34 * row, text, 24)
    facts = (
        ("Invoice no.", "QT-2026-0318"),
        ("Invoice date", "2026-10-02"),
        ("Due date", "2026-11-01"),
        ("Currency", "GBP"),
    )
    for row, (label, value) in enumerate(facts):
        pen.write(740, 400 + 40 * row, label, 24, BOLD)
        pen.write_to(1130, 400 + 40 * row, value, 24)


def _invoice_items(pen: Pen, y: int) -> int:
    pen.write(110, y - 60, "Description", 24, BOLD)
    for right, label in ((760, "Quantity"), (950, "Unit price"), (1130, "Amount")):
        pen.write_to(right, y - 60, label, 24, BOLD)
    pen.rule(110, 1130, y - 16, 3)
    for item in INVOICE_ITEMS:
        pen.write(110, y, item.description, 24)
        pen.write_to(760, y, str(item.quantity), 24)
        pen.write_to(950, y, money(item.price_cents), 24)
        pen.write_to(1130, y, money(item.amount_cents), 24)
        pen.rule(110, 1130, y + 44, 1)
        y += 62
    return y


def _invoice_sums(pen: Pen, y: int) -> None:
    net = sum(item.amount_cents for item in INVOICE_ITEMS)
    tax = round(net * 0.2)
    for label, cents, font in (
        ("Subtotal", net, REGULAR),
        ("VAT 20%", tax, REGULAR),
        ("Total", net + tax, BOLD),
    ):
        pen.write(740, y, label, 26, font)
        pen.write_to(1130, y, money(cents, "£" if font == BOLD else ""), 26, font)
        y += 50


def _receipt_items(pen: Pen, y: int) -> int:
    for item in RECEIPT_ITEMS:
        prefix = f"{item.quantity} x " if item.quantity > 1 else ""
        pen.write(45, y, prefix + item.description, 24, MONO)
        pen.write_to(515, y, money(item.amount_cents), 24, MONO)
        y += 46
    return y


def _receipt_sums(pen: Pen, y: int) -> None:
    total = sum(item.amount_cents for item in RECEIPT_ITEMS)
    tax = round(total - total / 1.1)
    pen.rule(45, 515, y)
    for row, (label, cents) in enumerate(
        (("SUBTOTAL", total - tax), ("TAX 10%", tax), ("TOTAL", total), ("VISA CARD", total))
    ):
        size = 32 if label == "TOTAL" else 24
        pen.write(45, y + 20 + 50 * row, label, size, MONO)
        pen.write_to(515, y + 20 + 50 * row, money(cents), size, MONO)
