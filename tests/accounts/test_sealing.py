import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache

from accounts import sealing
from tests.codes import code_of


def test_what_was_sealed_is_read_again_and_stands_nowhere_in_clear():
    sealed = sealing.seal("whsec_secret")

    assert "secret" not in sealed
    assert sealed != sealing.seal("whsec_secret")
    assert sealing.unseal(sealed) == "whsec_secret"


def test_after_a_change_of_the_secret_key_the_former_one_still_opens(settings):
    sealed = sealing.seal("whsec_secret")
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another"

    with pytest.raises(sealing.CannotBeOpened):
        sealing.unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert sealing.unseal(sealed) == "whsec_secret"


@pytest.fixture
def stored(alice):
    """What the database holds of a second step by an app, and the secret that the app has."""
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(alice, secret)
    RecoveryCodes.activate(alice)
    return secret, list(Authenticator.objects.filter(user=alice).order_by("type"))


def test_secrets_of_the_second_step_stand_nowhere_in_clear(stored):
    secret, (recovery, totp) = stored

    assert secret not in str(totp.data)
    assert sealing.unseal(totp.data["secret"]) == secret
    assert sealing.is_sealed(recovery.data["seed"])
    assert totp.wrap().validate_code(code_of(secret))
    assert recovery.wrap().validate_code(recovery.wrap().get_unused_codes()[0])


def test_a_second_step_from_before_it_was_sealed_goes_on(stored):
    secret, (recovery, totp) = stored
    totp.data["secret"], recovery.data["seed"] = secret, "0123456789abcdef" * 2

    assert totp.wrap().validate_code(code_of(secret))
    assert len(set(recovery.wrap().get_unused_codes())) == 10


def test_a_second_step_sealed_under_a_lost_key_lets_nobody_in(stored, settings):
    secret, (recovery, totp) = stored
    codes = recovery.wrap().get_unused_codes()
    settings.SECRET_KEY = "another"
    cache.clear()

    assert not totp.wrap().validate_code(code_of(secret))
    assert not totp.wrap().validate_code(code_of(""))
    assert not any(recovery.wrap().validate_code(code) for code in codes)
