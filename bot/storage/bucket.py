"""A bucket of S3, or of a server that speaks like it, instead of a folder (obstore).

What the settings do not say, obstore finds in the environment or asks the machine for: roles, say.
https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

# Whoever calls us tries again by itself, and later.
_RETRIES = 2
_RETRY_WITHIN = timedelta(seconds=10)
_CONNECT_WITHIN = timedelta(seconds=5)
_ANSWER_WITHIN = timedelta(seconds=60)
# Asked for credentials when there are no others; it has none for a machine outside of a cloud.
_MACHINE = "http://169.254.169.254/"
_OWN_FAULT = re.compile(r"status code: 4(?!08|29)\d\d|incorrectly configured region")


def open_bucket(url: str, access: Mapping[str, str]) -> S3Store:
    """`s3://bucket/prefix`. `access` has the names of `obstore.store.S3Config`.

    Connects to nothing. Raises OSError, in one line, when something is missing.
    """
    parts = urlsplit(url)
    try:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options={
                # Whoever writes http:// means it: a server of their own network.
                "allow_http": access.get("endpoint", "").startswith("http://"),
                "connect_timeout": _CONNECT_WITHIN,
                "timeout": _ANSWER_WITHIN,
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_WITHIN},
            **access,  # type: ignore[arg-type]  # names that are only known to the settings
        )
    except (BaseError, ValueError) as error:
        raise OSError(f"{url}: {in_short(error)}") from error


def in_short(error: BaseException) -> str:
    """What obstore says, without its inner state and the server's XML: many lines of it."""
    text = str(error)
    if _MACHINE in text:
        return "there are no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"
    said = re.search(r"<Code>([^<]+)</Code>(?:\s*<Message>([^<]*)</Message>)?", text)
    if said:
        return " ".join(f"{said[1]}: {said[2] or ''}".split()).rstrip(": ")
    return text.partition("\n")[0]


def is_gone(error: BaseException) -> bool:
    """Whether the file is not there; a bucket that is not there tells nothing about its files."""
    return isinstance(error, FileNotFoundError) and "<Code>NoSuchBucket<" not in str(error)


def is_our_fault(error: BaseException | None) -> bool:
    """Whether trying again changes nothing before somebody changes the settings."""
    refused = (PermissionDeniedError, UnauthenticatedError, FileNotFoundError)
    text = str(error)
    return isinstance(error, refused) or _MACHINE in text or bool(_OWN_FAULT.search(text))


async def is_public(address: str) -> bool:
    """Whether anybody can reach it: over https, and at no address of a network of our own."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        return False
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, parts.port or 443, type=socket.SOCK_STREAM
        )
    except OSError:
        return False
    return all(ipaddress.ip_address(str(one[4][0])).is_global for one in found)
