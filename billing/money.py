"""Amounts of money: whole minor units beside a currency. Pure."""

from decimal import Decimal

# Digits after the point. Yen and won have no minor unit.
EXPONENTS = {"usd": 2, "jpy": 0, "krw": 0}
_SIGNS = {"usd": "$", "jpy": "¥", "krw": "₩"}


def shown(amount: int, currency: str) -> str:
    """An amount for people: $19.00, ¥2,900, -$3.50; of an invoice that was written by hand at Stripe also EUR 5.00."""
    exponent = EXPONENTS.get(currency, 2)
    number = f"{Decimal(abs(amount)).scaleb(-exponent):,.{exponent}f}"
    return f"{'-' if amount < 0 else ''}{_SIGNS.get(currency, f'{currency.upper()} ')}{number}"


def minor_units(amount: Decimal, currency: str) -> int:
    """What a person typed, as minor units: 12.50 dollars are 1250.

    Raises:
        ValueError: More digits after the point than the currency has.
    """
    scaled = amount.scaleb(EXPONENTS[currency])
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{currency.upper()} has {EXPONENTS[currency]} digits after the point.")
    return int(scaled)


def major_units(amount: int, currency: str) -> Decimal:
    """The other way round, for a form: 1250 cents are 12.50."""
    return Decimal(amount).scaleb(-EXPONENTS[currency])
