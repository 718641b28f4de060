"""Sessions of the Mini App: what initData, which holds for an hour, is exchanged for.

A session says whose it is and until when, and is signed by us, so that nothing about it has to
be kept. Only that its initData was spent is written down: seen once more, it is a replay.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from webhooks.init_data import MiniAppUser

HOLDS = timedelta(hours=12)
_LENGTH_MAX = 2048


@dataclass(frozen=True, slots=True)
class Sessions:
    """`root` is the bot's token, from which the key is derived."""

    root: str = field(repr=False)

    def issue(self, user: MiniAppUser, until: datetime) -> str:
        said = {**asdict(user), "until": int(until.timestamp())}
        content = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
        return f"{content}.{self._seal(content)}"

    def holder(self, token: str, now: datetime) -> MiniAppUser | None:
        """Whose session this is; None when it is none of ours, or is over."""
        content, _, seal = token.rpartition(".")
        if not content or len(token) > _LENGTH_MAX:
            return None
        given = seal.encode(errors="surrogatepass")
        if not hmac.compare_digest(self._seal(content).encode(), given):
            return None
        said = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
        if datetime.fromtimestamp(said.pop("until"), UTC) <= now:
            return None
        return MiniAppUser(**said)

    def _seal(self, content: str) -> str:
        key = hmac.digest(self.root.encode(), b"mini app session", hashlib.sha256)
        return hmac.digest(key, content.encode(errors="surrogatepass"), hashlib.sha256).hex()
