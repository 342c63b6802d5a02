"""Names of fields as people write them. Pure."""


def label(name: str) -> str:
    """`invoice_no` as people write it; what somebody has written stays as it is."""
    return name.replace("_", " ").capitalize() if name.islower() and name.isascii() else name
