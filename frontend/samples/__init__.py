"""Our sample documents, one for each template: drawn here, so that they are ours to give away.

All names, numbers and addresses in them are made up.
"""

from collections.abc import Callable

from PIL import Image

from frontend.samples import cards, papers, registers, trade

SHADES = 16  # Enough for smooth letters, and a sixth of the bytes.
SAMPLES: dict[str, Callable[[], Image.Image]] = {
    "invoice": trade.invoice,
    "receipt": trade.receipt,
    "delivery": papers.delivery,
    "purchase_order": papers.purchase_order,
    "quote": papers.quote,
    "business_card": cards.business_card,
    "driver_license": cards.driver_license,
    "passport": registers.passport,
    "bankbook": registers.bankbook,
    "resident_card": cards.resident_card,
    "residence_card": cards.residence_card,
    "my_number_card": cards.my_number_card,
    "india_electoral_roll_cover": registers.india_electoral_roll_cover,
}


def drawn(name: str) -> Image.Image:
    """One of SAMPLES, with few shades."""
    return SAMPLES[name]().quantize(SHADES)
