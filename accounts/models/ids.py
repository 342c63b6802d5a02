"""Ids that leave the database: prefixed, and not to be guessed."""

from django.utils.crypto import get_random_string

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def organization_id() -> str:
    return "org_" + get_random_string(16, ALPHANUMERIC)


def key_id() -> str:
    return "key_" + get_random_string(16, ALPHANUMERIC)


def invitation_id() -> str:
    return "inv_" + get_random_string(16, ALPHANUMERIC)
