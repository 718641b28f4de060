"""What an invoice says, and whether it may be paid."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shop import Obstacle, Package, Shop, read_package

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ANN, BOB = 5_000_001, 5_000_002
SMALL, MONTHLY = Package(stars=50, credits=100), Package(stars=250, credits=600, monthly=True)
GONE = Package(stars=50, credits=90)
SHOP = Shop(packages=(SMALL, MONTHLY), key="123:token")
OTHER = replace(SHOP, key="123:another")


def test_a_payload_says_who_buys_what_and_fits():
    for package in (SMALL, MONTHLY):
        payload = SHOP.payload(ANN, package)
        sale = SHOP.read(payload)
        assert sale is not None
        assert (sale.person, sale.package, sale.genuine) == (ANN, package, True)
        assert "token" not in payload
    longest = Package(stars=100_000, credits=1_000_000, monthly=True)
    assert len(SHOP.payload(2**52, longest).encode()) <= 128


PAYLOAD = SHOP.payload(ANN, SMALL)


@pytest.mark.parametrize(
    ("payload", "payer", "amount", "currency", "expected"),
    [
        (PAYLOAD, ANN, 50, "XTR", None),
        (SHOP.payload(ANN, MONTHLY), ANN, 250, "XTR", None),
        (PAYLOAD, BOB, 50, "XTR", Obstacle.FOR_ANOTHER),
        (PAYLOAD, ANN, 49, "XTR", Obstacle.STRANGE),
        (PAYLOAD, ANN, 50, "USD", Obstacle.STRANGE),
        (SHOP.payload(ANN, GONE), ANN, 50, "XTR", Obstacle.SOLD_NO_MORE),
        # Somebody else's signature, none, or that of another person or package.
        (OTHER.payload(ANN, SMALL), ANN, 50, "XTR", Obstacle.STRANGE),
        (PAYLOAD.rpartition(":")[0], ANN, 50, "XTR", Obstacle.STRANGE),
        (PAYLOAD.replace(str(ANN), str(BOB)), BOB, 50, "XTR", Obstacle.STRANGE),
        (PAYLOAD.replace("-100-", "-999-"), ANN, 50, "XTR", Obstacle.STRANGE),
        (PAYLOAD + "\n", ANN, 50, "XTR", Obstacle.STRANGE),
        ("", ANN, 50, "XTR", Obstacle.STRANGE),
    ],
)
def test_only_what_we_offer_to_whom_we_offer_it_may_be_paid(
    payload, payer, amount, currency, expected
):
    found = SHOP.obstacle(payload, payer=payer, amount=amount, currency=currency)
    assert found is expected


@pytest.mark.parametrize(
    ("payload", "stars", "worth"),
    [
        (PAYLOAD, 50, 100),
        # Sold no more, or signed when the bot had another token: the Stars are gone all the same.
        (SHOP.payload(ANN, GONE), 50, 90),
        (OTHER.payload(ANN, SMALL), 50, 100),
        (PAYLOAD, 51, 0),
        ("pack:50", 50, 0),
    ],
)
def test_what_was_paid_is_credited_as_its_payload_says(payload, stars, worth):
    bought = SHOP.purchase(payload, charge="c", payer=ANN, stars=stars, at=NOW)
    assert (bought.person, bought.stars, bought.credits) == (ANN, stars, worth)


def test_whoever_has_paid_gets_the_credits():
    assert SHOP.purchase(PAYLOAD, charge="c", payer=BOB, stars=50, at=NOW).person == BOB


@pytest.mark.parametrize("code", ["", "50", "50-100", "50-100-weekly", "050-100-once", "50-0-once"])
def test_what_is_no_package_is_none(code):
    assert read_package(code) is None
    assert SHOP.find(code) is None


def test_only_what_is_sold_is_found():
    assert SHOP.find(SMALL.code) == SMALL
    assert (read_package(GONE.code), SHOP.find(GONE.code)) == (GONE, None)
    assert len(f"buy:{Package(stars=100_000, credits=1_000_000, monthly=True).code}") <= 64


@given(st.text(max_size=140))
def test_no_payload_is_too_strange(payload):
    assert SHOP.read(payload) is None
    assert SHOP.obstacle(payload, payer=ANN, amount=50, currency="XTR") is Obstacle.STRANGE


@given(st.integers(0, len(PAYLOAD) - 1), st.characters(codec="utf-8"))
def test_a_payload_that_was_touched_is_not_genuine(where, letter):
    touched = PAYLOAD[:where] + letter + PAYLOAD[where + 1 :]
    sale = SHOP.read(touched)
    assert touched == PAYLOAD or sale is None or not sale.genuine
