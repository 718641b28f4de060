"""Which proxy is gone through."""

import pytest

from bot.proxies import proxy_for

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def looked_up_anew(monkeypatch: pytest.MonkeyPatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    proxy_for.cache_clear()
    yield
    proxy_for.cache_clear()


@pytest.mark.parametrize(
    ("said", "proxy"),
    [
        ({}, None),
        ({"https_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ({"HTTPS_PROXY": "http://ann:secret@proxy:3128"}, "http://ann:secret@proxy:3128"),
        ({"http_proxy": "http://proxy:3128"}, None),
        ({"all_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ({"all_proxy": "socks5://proxy:1080"}, None),
        ({"https_proxy": "http://proxy:3128", "no_proxy": "api.example"}, None),
        ({"https_proxy": "http://proxy:3128", "no_proxy": "*"}, None),
        ({"https_proxy": "http://proxy:3128", "no_proxy": "other.example"}, "http://proxy:3128"),
    ],
)
def test_the_environment_says_which(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], proxy: str | None
) -> None:
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert proxy_for("https", "api.example") == proxy
