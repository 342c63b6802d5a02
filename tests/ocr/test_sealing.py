import pytest

from ocr import sealing


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
