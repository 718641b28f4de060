"""The keys to our doors: one for each purpose, the same everywhere, and never the token."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import TOKEN
from webhooks.keys import Addresses, Keys

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NAME = "references/0123456789abcdef0123456789abcdef.jpg"
KEYS = Keys(TOKEN)
ADDRESSES = Addresses("https://bot.example.org", KEYS)


def every_key(keys: Keys) -> list[str]:
    return [
        keys.for_telegram(),
        keys.for_callback("a"),
        keys.for_callback("b"),
        keys.for_callback("telegram webhook"),
        keys.for_reference(NAME, "1791201600"),
        keys.for_reference(NAME, "1791201601"),
        keys.for_reference(NAME.replace("0", "1"), "1791201600"),
    ]


def test_each_purpose_has_its_own_key() -> None:
    begins = [key[:32] for key in every_key(KEYS)]
    assert len(set(begins)) == len(begins)


def test_the_keys_are_the_same_after_every_start() -> None:
    assert every_key(Keys(TOKEN)) == every_key(KEYS)
    # Written down: another derivation would shut out every callback that is still to come.
    assert KEYS.for_callback("0123456789abcdef") == "3fb40f10077fb8c233dc03494f20ffa6"


def test_another_bot_has_other_keys() -> None:
    assert not set(every_key(Keys(TOKEN[:-1]))) & set(every_key(KEYS))


def test_no_key_gives_the_token_away() -> None:
    for key in every_key(KEYS):
        assert set(key) <= set("0123456789abcdef")
        assert len(key) >= 32
    for part in TOKEN.split(":"):
        assert part not in "".join(every_key(KEYS))
        assert part not in repr(ADDRESSES)


def test_a_secret_of_ones_own_takes_the_place_of_the_derived_one() -> None:
    keys = Keys(TOKEN, "my-secret")
    assert keys.is_telegram("my-secret")
    assert not keys.is_telegram(KEYS.for_telegram())
    assert "my-secret" not in repr(keys)


WRONG = [None, "", " ", "x", KEYS.for_telegram()[:-1], KEYS.for_telegram().upper(), "\udcff", "密"]


@pytest.mark.parametrize("given_", WRONG)
def test_no_door_opens_to_a_wrong_key(given_: str | None) -> None:
    assert not KEYS.is_telegram(given_)
    assert not KEYS.is_callback("a", given_)
    assert not KEYS.is_callback("", given_)
    assert not KEYS.is_reference(NAME, "1791201600", given_)
    assert not KEYS.is_reference(NAME, None, given_)


@settings(deadline=None)
@given(picture=st.text(st.characters(codec=None)), other=st.text(st.characters(codec=None)))
def test_a_callback_key_fits_its_picture_only(picture: str, other: str) -> None:
    assert KEYS.is_callback(picture, KEYS.for_callback(picture))
    assert KEYS.is_callback(other, KEYS.for_callback(picture)) == (picture == other)


def test_the_address_of_a_callback_opens_the_door() -> None:
    parts = urlsplit(ADDRESSES.callback("0123456789abcdef") or "")
    query = {name: value for name, (value,) in parse_qs(parts.query).items()}
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://bot.example.org/api/webhook/nano-banana"
    )
    assert KEYS.is_callback(query["picture"], query["token"])


def test_the_address_of_a_reference_holds_for_a_day_and_for_one_file() -> None:
    parts = urlsplit(ADDRESSES.reference(NAME, NOW) or "")
    query = {name: value for name, (value,) in parse_qs(parts.query).items()}
    assert parts.path == f"/uploads/{NAME}"
    assert int(query["expires"]) == (NOW + timedelta(hours=24)).timestamp()
    assert KEYS.is_reference(NAME, query["expires"], query["signature"])
    assert not KEYS.is_reference(NAME, str(int(query["expires"]) + 1), query["signature"])
    assert not KEYS.is_reference(NAME[:-5] + "0.jpg", query["expires"], query["signature"])


def test_without_a_public_address_nobody_is_told_to_call() -> None:
    nowhere = Addresses(None, KEYS)
    assert nowhere.callback("a") is None
    assert nowhere.reference(NAME, NOW) is None
    assert nowhere.telegram() is None
    assert ADDRESSES.telegram() == "https://bot.example.org/api/webhook/telegram"
