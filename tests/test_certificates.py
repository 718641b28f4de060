"""Whose certificates are believed: one set for the process, and others where somebody names them."""

from pathlib import Path

import certifi
import httpx
import pytest

from bot.certificates import certificates
from bot.telegram import application
from bot.telegram.limiter import ChatLimiter


@pytest.fixture(autouse=True)
def read_anew(monkeypatch: pytest.MonkeyPatch):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    certificates.cache_clear()
    yield
    certificates.cache_clear()


def test_they_are_read_once() -> None:
    assert certificates() is certificates()


def test_they_are_those_that_httpx_would_take() -> None:
    assert certificates().get_ca_certs() == httpx.create_ssl_context().get_ca_certs()


def test_a_file_that_is_named_takes_their_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    (tmp_path / "ours.pem").write_text(first[0] + first[1])
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ours.pem"))
    assert len(certificates().get_ca_certs()) == 1


def test_telegram_is_reached_without_reading_them_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificates()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nothing.pem"))
    application.build(token="1:a", api_url="http://127.0.0.1", limiter=ChatLimiter())
