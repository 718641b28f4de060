"""Where a task comes from: a place, a person, and the pictures that came along."""

from dataclasses import dataclass
from datetime import datetime

# No Telegram file id holds a colon.
STYLE = "style:"
UPLOAD = "upload:"
PICTURE = "picture:"

# Asked for over HTTP: the pictures are fetched there, and are sent to the private chat of whoever
# asked only when they wanted that too. The values are stored.
API = "api"
API_AND_CHAT = "api and chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a task came from, and where its pictures go.

    `person` is the sender's id: a user, or the chat itself for anonymous admins and channels.
    `topic` is the forum topic, None outside forums and in General. `message` is what the pictures
    reply to, 0 where nothing was said in this chat. `inline` is the message of
    another chat that was sent through inline mode and becomes the picture. `via` is `API` or
    `API_AND_CHAT` for what was asked for over HTTP; `callback` is the address that is called
    when it has ended.
    """

    chat: int
    message: int
    person: int
    topic: int | None = None
    language: str | None = None
    private: bool = True
    inline: str | None = None
    via: str | None = None
    callback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A picture that came along with the prompt.

    `source` is known to the people's side only (a Telegram file id), but for the picture of a
    style, which is `style:` and its name, one that was uploaded to us, which is `upload:` and the
    name of our copy, and one of ours that Telegram has not seen, which is `picture:` and its id.
    `picture` is its id when it is one of ours: then its own file is taken while it is kept.
    `name` is the checked copy in our storage. `address` is where the generator finds it until `address_until`,
    when it had to be uploaded there.
    """

    source: str
    picture: str | None = None
    name: str | None = None
    address: str | None = None
    address_until: datetime | None = None

    @property
    def of_a_style(self) -> bool:
        return self.source.startswith(STYLE)
