"""One event per line, and no secret in any of them, in whatever form it stands there."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from bot import logs
from bot.errors import Reason

TOKEN = "123456:ABC-DEF_ghi0123456789"
ODD = "k\"ey\\with'odd/chars+ü&100%"
SECRETS = (TOKEN[:9], TOKEN, ODD, "", TOKEN.partition(":")[2])
log = logging.getLogger("bot.somewhere")

Lines = Callable[[], list[str]]


@pytest.fixture
def untouched() -> Iterator[None]:
    """Logging as the other tests expect it, afterwards."""
    root = logging.getLogger()
    before = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "telegram")}
    yield
    root.handlers, root.level = before
    root.setLevel(before[1])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def written(form: str) -> io.StringIO:
    """Set logging up; what it writes from now on."""
    logs.set_up(level="INFO", form=form, secrets=SECRETS)
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    return stream


@pytest.fixture(params=["console", "json"])
def lines(request: pytest.FixtureRequest, untouched: None) -> Lines:
    stream = written(request.param)
    return lambda: stream.getvalue().splitlines()


@pytest.fixture
def as_json(untouched: None) -> Callable[[], dict[str, Any]]:
    stream = written("json")
    return lambda: json.loads(stream.getvalue())


def hidden(text: str) -> bool:
    """Whether no part of a secret longer than a few letters is in a text."""
    forms = {TOKEN, ODD, quote(ODD, safe=""), quote(TOKEN, safe=""), json.dumps(ODD)[1:-1]}
    forms |= {repr(ODD)[1:-1], quote(TOKEN, safe="").lower(), TOKEN[3:], ODD[4:12]}
    return not any(form in text for form in forms)


ADDRESS = f"https://api.telegram.org/bot{TOKEN}/sendPhoto?x=1"


@pytest.mark.parametrize("secret", [TOKEN, ODD])
def test_a_secret_is_hidden_wherever_it_stands(lines: Lines, secret: str) -> None:
    log.info("with %s inside", secret)
    log.info(secret)
    log.info("event", extra={"detail": secret, "many": [secret], "by": {secret: 1}, "raw": b"x"})
    log.info("event", extra={"error": ValueError(secret)})
    log.warning("address https://api.telegram.org/bot%s/getMe", secret)
    log.warning("address https://proxy.example/?to=%s", quote(f"https://x/bot{secret}", safe=""))
    written = lines()
    assert len(written) == 6
    for line in written:
        assert "[secret]" in line
        assert hidden(line)


def test_an_address_with_small_hexadecimal_digits_hides_nothing(lines: Lines) -> None:
    small = re.sub("%..", lambda octet: octet[0].lower(), quote(ODD, safe=""))
    log.info("https://proxy.example/?key=%s", small)
    (line,) = lines()
    assert "[secret]" in line
    assert small not in line


@pytest.mark.parametrize("name", ["X-Amz-Signature", "x-amz-security-token"])
def test_a_presigned_address_lets_nobody_in(lines: Lines, name: str) -> None:
    log.info("https://bucket.example/a.png?X-Amz-Expires=9&%s=Fe%%2Fw12+/=&x=1 was fetched", name)
    log.info("https://bucket.example/a.png?%s=few12", name)
    first, second = lines()
    assert f"X-Amz-Expires=9&{name}=[secret]&x=1 was fetched" in first
    assert f"{name}=[secret]" in second
    assert "few12" not in second


def test_a_traceback_holds_no_secret_and_no_part_of_one(lines: Lines) -> None:
    def call(address: str, padding: str) -> None:
        cut_in_the_middle = padding + address
        raise OSError(f"no connection to {cut_in_the_middle}")

    try:
        try:
            call(ADDRESS, "x" * 40)
        except OSError as error:
            raise RuntimeError(ADDRESS) from error
    except RuntimeError:
        log.exception("it broke")
    text = "\n".join(lines())
    assert "RuntimeError" in text
    assert "OSError" in text
    assert "[secret]" in text
    assert TOKEN[:12] not in text
    assert hidden(text)


def test_the_longer_secret_is_hidden_whole(lines: Lines) -> None:
    log.info("token=%s", TOKEN)
    (line,) = lines()
    assert "[secret]" in line
    assert not any(part in line for part in (TOKEN[:6], TOKEN[9:]))


def test_libraries_do_not_write_down_every_request(lines: Lines) -> None:
    for name in ("httpx", "httpcore.connection", "telegram.ext", "aiohttp.access"):
        logging.getLogger(name).info("HTTP Request: GET %s", ADDRESS)
        logging.getLogger(name).warning("trouble at %s", name)
    written = lines()
    assert len(written) == 4
    assert all("trouble" in line for line in written)


def test_logs_go_to_standard_error(untouched: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(level="INFO", form="console", secrets=())
    log.info("here")
    out, err = capsys.readouterr()
    assert (out, "here" in err) == ("", True)


def test_the_level_is_kept(lines: Lines) -> None:
    log.debug("too much")
    log.info("enough")
    assert len(lines()) == 1


def test_a_json_line_tells_what_happened_when_where_and_about_what(
    as_json: Callable[[], dict[str, Any]],
) -> None:
    log.info("submitted", extra={"task": "a1", "tries": 2, "reason": Reason.TIMEOUT})
    line = as_json()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "submitted",
        "level": "info",
        "logger": "bot.somewhere",
        "task": "a1",
        "tries": 2,
        "reason": "timeout",
    }


def test_a_traceback_in_json_is_part_of_its_line(as_json: Callable[[], dict[str, Any]]) -> None:
    log.error("it broke", exc_info=ValueError(ADDRESS))
    (error,) = as_json()["exception"]
    assert error["exc_type"] == "ValueError"
    assert error["exc_value"] == "https://api.telegram.org/bot[secret]/sendPhoto?x=1"


def test_without_secrets_nothing_is_hidden() -> None:
    for secrets in ((), ("",)):
        assert logs.Redact(secrets)(log, "info", "a line") == "a line"


@pytest.mark.parametrize("line", [f"a{TOKEN}b{TOKEN}", TOKEN, f"{TOKEN}{ODD}"])
def test_every_occurrence_is_hidden(line: str) -> None:
    assert hidden(logs.Redact(SECRETS)(log, "info", line))
