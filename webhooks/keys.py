"""The keys to our doors, and the addresses that carry them.

All keys are derived from the bot's token, so they are the same after every start and on every
machine, and nothing has to be stored. Comparisons take the same time whatever is compared.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from bot.references import ADDRESS_HOLDS


@dataclass(frozen=True, slots=True)
class Keys:
    """`root` is the bot's token; what is derived from it does not give it away."""

    root: str = field(repr=False)
    telegram_secret: str | None = field(default=None, repr=False)
    # Asked for with each update.
    _for_telegram: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        secret = self.telegram_secret or self._derive("telegram webhook", 64)
        object.__setattr__(self, "_for_telegram", secret)

    def is_telegram(self, secret: str | None) -> bool:
        """Whether this is what Telegram sends as X-Telegram-Bot-Api-Secret-Token."""
        return _same(self.for_telegram(), secret)

    def for_telegram(self) -> str:
        """64 hex digits, within what https://core.telegram.org/bots/api#setwebhook allows."""
        return self._for_telegram

    def is_callback(self, picture_id: str, token: str | None) -> bool:
        return _same(self.for_callback(picture_id), token)

    def for_callback(self, picture_id: str) -> str:
        return self._derive(f"callback {picture_id}", 32)

    def is_reference(self, name: str, expires: str | None, signature: str | None) -> bool:
        return _same(self.for_reference(name, expires or ""), signature)

    def for_reference(self, name: str, expires: str) -> str:
        return self._derive(f"reference {expires} {name}", 32)

    def _derive(self, purpose: str, digits: int) -> str:
        message = purpose.encode(errors="surrogatepass")
        return hmac.digest(self.root.encode(), message, hashlib.sha256).hex()[:digits]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Fits `neighbours.Doors`. Without a public `base` nobody can reach us."""

    base: str | None
    keys: Keys

    def callback(self, picture_id: str) -> str | None:
        if self.base is None:
            return None
        query = urlencode({"picture": picture_id, "token": self.keys.for_callback(picture_id)})
        return f"{self.base}/api/webhook/nano-banana?{query}"

    def reference(self, name: str, now: datetime) -> str | None:
        if self.base is None:
            return None
        expires = str(int((now + ADDRESS_HOLDS).timestamp()))
        signature = self.keys.for_reference(name, expires)
        return (
            f"{self.base}/uploads/{name}?{urlencode({'expires': expires, 'signature': signature})}"
        )

    def telegram(self) -> str | None:
        return self.base and f"{self.base}/api/webhook/telegram"


def _same(expected: str, given: str | None) -> bool:
    # Bytes of a header that are no text come as surrogates.
    return hmac.compare_digest(expected.encode(), (given or "").encode(errors="surrogatepass"))
