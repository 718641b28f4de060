"""Mini Apps are opened with launch data a bot can verify."""

import hashlib
import hmac
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from bot.sandbox.chats import Chat, Person
from bot.sandbox.webapp import allowed, data_hash, init_data, launch

ANN = Person(id=5_200_000_001, first_name="Ann & 香蕉", username="ann", language_code="en")
PRIVATE = Chat(id=ANN.id, type="private", person=ANN)
GROUP = Chat(id=-100, type="supergroup", title="Friends")


def verified(data: str, token: str) -> dict:
    """As the documentation tells a bot to do it."""
    fields = dict(parse_qsl(data, strict_parsing=True))
    given = fields.pop("hash")
    lines = "\n".join(f"{key}={value}" for key, value in sorted(fields.items()))
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    assert hmac.compare_digest(hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest(), given)
    return fields


def test_the_data_says_who_and_when_and_is_signed_with_the_token():
    data = init_data(token="1:x", person=ANN, chat=PRIVATE, now=1_800_000_000.7)
    fields = verified(data, "1:x")
    assert fields["auth_date"] == "1800000000"
    assert json.loads(fields["user"]) == {
        "id": ANN.id, "first_name": "Ann & 香蕉", "username": "ann", "language_code": "en",
        "allows_write_to_pm": True,
    }  # fmt: skip
    assert len(fields["signature"]) == 86
    with pytest.raises(AssertionError):
        verified(data, "1:y")


def test_the_hash_is_that_of_a_published_vector():
    """github.com/Telegram-Mini-Apps (init-data test vectors)."""
    fields = {
        "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
        "user": '{"id":279058397,"first_name":"Vladislav","last_name":"Kibenko",'
        '"username":"vdkfrost","language_code":"ru","is_premium":true}',
        "auth_date": "1662771648",
    }
    token = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8"
    wanted = "c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2"
    assert data_hash(fields, token) == wanted


def test_groups_have_a_chat_instance_instead_of_nothing():
    fields = verified(init_data(token="1:x", person=ANN, chat=GROUP, now=1.0), "1:x")
    assert fields["chat_type"] == "supergroup"
    assert fields["chat_instance"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/app?a=1", "http://127.0.0.1:9/app#x"])
def test_the_data_stands_behind_the_hash_of_the_address(address):
    opened = launch(address, token="1:x", person=ANN, chat=PRIVATE, now=1.0)
    assert opened.startswith(address)
    fragment = urlsplit(opened).fragment.removeprefix("x&")
    fields = dict(parse_qsl(fragment, strict_parsing=True))
    assert verified(fields["tgWebAppData"], "1:x")["auth_date"] == "1"
    assert fields["tgWebAppVersion"]
    assert json.loads(fields["tgWebAppThemeParams"])["bg_color"]


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("http://127.0.0.1:8080/app", True),
        ("http://localhost/app", True),
        ("https://example.org/app", False),
        ("http://10.0.0.1/app", False),
        ("http://127.0.0.1.example.org/", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
    ],
)
def test_only_apps_of_this_machine_are_opened(address, opened):
    assert allowed(address) is opened
