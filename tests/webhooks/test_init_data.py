"""initData: what Telegram signed is believed for an hour, and nothing else."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from bot.sandbox.webapp import data_hash
from tests.conftest import TOKEN
from webhooks.init_data import TELEGRAM_TEST_KEY, Forged, verify, verify_as_a_third_party

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def signed(**changes: str | None) -> str:
    fields: dict[str, str | None] = {
        "user": json.dumps({"id": 7, "first_name": "Ann", "language_code": "en"}),
        "auth_date": str(int(NOW.timestamp())),
        "query_id": "AAH",
        **changes,
    }
    said = {name: value for name, value in fields.items() if value is not None}
    return urlencode({**said, "hash": data_hash(said, TOKEN)})


def test_what_telegram_signed_is_believed_for_an_hour() -> None:
    user = verify(signed(), token=TOKEN, now=NOW).user
    assert (user.id, user.name, user.language) == (7, "Ann", "en")
    assert verify(signed(), token=TOKEN, now=NOW + timedelta(minutes=59)).user.id == 7


@pytest.mark.parametrize(
    ("data", "now"),
    [
        (signed(), NOW + timedelta(minutes=61)),
        (signed(), NOW - timedelta(minutes=1)),
        (signed(user=None), NOW),
        (signed(user="7"), NOW),
        (signed(user='{"id": true}'), NOW),
        (signed(user='{"id": -7}'), NOW),
        (signed(user='{"id": "7"}'), NOW),
        (signed(auth_date=None), NOW),
        (signed(auth_date="soon"), NOW),
        (signed() + "&auth_date=1", NOW),
        (signed() + "&hash=00", NOW),
        (signed() + "&more=1", NOW),
        (signed().replace("Ann", "Bob"), NOW),
        (urlencode([one for one in parse_qsl(signed()) if one[0] != "hash"]), NOW),
        (signed()[:-1], NOW),
        ("", NOW),
        ("hash=%ff", NOW),
        ("a" * 10_000, NOW),
    ],
)
def test_forged_stale_and_odd_init_data_is_refused(data: str, now: datetime) -> None:
    with pytest.raises(Forged):
        verify(data, token=TOKEN, now=now)


def test_another_bots_init_data_is_refused() -> None:
    with pytest.raises(Forged):
        verify(signed(), token="1:other", now=NOW)


# --- a launch of Telegram's own, published by the authors of its libraries ------------------------
# https://docs.telegram-mini-apps.com/packages/telegram-apps-init-data-node/2-x

PUBLISHED = (
    "user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%20%2B%20-%20%3F%20%5C%2F%22%2C"
    "%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A"
    "%22ru%22%2C%22is_premium%22%3Atrue%2C%22allows_write_to_pm%22%3Atrue%2C%22photo_url%22%3A"
    "%22https%3A%5C%2F%5C%2Ft.me%5C%2Fi%5C%2Fuserpic%5C%2F320%5C%2F"
    "4FPEE4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg%22%7D&chat_instance=8134722200314281151"
    "&chat_type=private&auth_date=1733584787"
    "&hash=2174df5b000556d044f3f020384e879c8efcab55ddea2ced4eb752e93e7080d6"
    "&signature=zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe-p7IbCisNlDKlo7Kb6G4D0Ao2mBrSgEk4maLSdv6MLIlADQ"
)
ITS_TOKEN = "7342037359:AAFZehRPBRs8Seg40oDjTMIW8uTGPuW1zfQ"
ITS_BOT = 7342037359
THEN = datetime.fromtimestamp(1733584787, UTC) + timedelta(minutes=1)


def test_a_real_launch_is_believed_by_the_token() -> None:
    opening = verify(PUBLISHED, token=ITS_TOKEN, now=THEN)
    assert (opening.user.id, opening.user.name) == (279058397, "Vladislav + - ? /")


def test_a_real_launch_is_believed_without_the_token() -> None:
    opening = verify_as_a_third_party(PUBLISHED, bot=ITS_BOT, now=THEN)
    assert opening == verify(PUBLISHED, token=ITS_TOKEN, now=THEN)
    # The hash is for the bot alone, and says nothing to others.
    without = PUBLISHED.replace(PUBLISHED[PUBLISHED.index("&hash=") : PUBLISHED.index("&sig")], "")
    assert verify_as_a_third_party(without, bot=ITS_BOT, now=THEN).user == opening.user


@pytest.mark.parametrize(
    ("data", "more"),
    [
        (PUBLISHED, {"bot": 1}),
        (PUBLISHED, {"key": TELEGRAM_TEST_KEY}),
        (PUBLISHED, {"now": THEN + timedelta(hours=1)}),
        (PUBLISHED.replace("Kibenko", "Someone"), {}),
        (PUBLISHED.replace("zL-u", "zL-v"), {}),
        (PUBLISHED.replace("zL-u", "zL"), {}),
        (PUBLISHED.replace("zL-u", "é"), {}),
        (PUBLISHED[: PUBLISHED.index("&signature")], {}),
        (signed(), {}),
    ],
)
def test_what_telegram_did_not_sign_is_refused(data: str, more: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        verify_as_a_third_party(data, **{"bot": ITS_BOT, "now": THEN, **more})
