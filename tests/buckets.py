"""S3 played on this machine (moto), in a thread: it can go away and come back as it was."""

import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from tests.ports import free_port

KEY, SECRET = "AKIAEXAMPLE", "a-secret/of+a-bucket"
PREFIX = "of/the/bot"
_NUMBERS = count(1)


class S3Server:
    def __init__(self) -> None:
        # It writes a line for every request.
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.port = free_port()
        self._server: Any = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        # It takes a while, and most tests need none.
        from moto.server import ThreadedMotoServer  # noqa: PLC0415

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        if self._server:
            self._server.stop()
            self._server = None

    @contextmanager
    def asking_for_keys(self) -> Iterator[None]:
        """It looks at signatures, which it otherwise does not, and knows no key."""
        from moto import settings as moto_settings  # noqa: PLC0415

        before = moto_settings.INITIAL_NO_AUTH_ACTION_COUNT
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        yield
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = before

    def bucket(self) -> "Bucket":
        name = f"pictures-{next(_NUMBERS)}"
        request = urllib.request.Request(f"{self.url}/{name}", method="PUT")
        urllib.request.urlopen(request).close()
        return Bucket(self, name)


class Bucket:
    """A prefix of it is the bot's."""

    def __init__(self, server: S3Server, name: str) -> None:
        self.server = server
        self.name = name
        self.url = f"s3://{name}/{PREFIX}"

    @property
    def access(self) -> dict[str, str]:
        """As `open_store` takes it."""
        return {
            "access_key_id": KEY,
            "secret_access_key": SECRET,
            "endpoint": self.server.url,
        }

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "storage_url": self.url,
            "aws_access_key_id": KEY,
            "aws_secret_access_key": SECRET,
            "aws_endpoint_url": self.server.url,
        }

    @property
    def variables(self) -> dict[str, str]:
        return {name.upper(): value for name, value in self.settings.items()}

    def files(self) -> list[str]:
        """What lies under the prefix."""
        start = f"{PREFIX}/"
        return sorted(one.removeprefix(start) for one in self._keys() if one.startswith(start))

    def put(self, path: str, content: bytes) -> None:
        request = urllib.request.Request(
            f"{self.server.url}/{self.name}/{path}", data=content, method="PUT"
        )
        urllib.request.urlopen(request).close()

    def age(self, name: str, since: datetime) -> None:
        # Nobody but the server itself can say when a file was written, and in its own words.
        self._keys()[f"{PREFIX}/{name}"].last_modified = since.replace(tzinfo=None)

    def _keys(self) -> Any:
        from moto.s3.models import s3_backends  # noqa: PLC0415

        return s3_backends["123456789012"]["aws"].buckets[self.name].keys


def fetched(address: str) -> tuple[int, str, bytes]:
    """Status, type and content, as somebody without keys gets them."""
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status, str(answer.headers["Content-Type"]), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", b""


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def bucket(s3_server: S3Server) -> Bucket:
    return s3_server.bucket()
