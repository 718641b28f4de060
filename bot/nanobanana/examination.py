"""What the doctor wants to know of a call that failed."""

import httpx

from bot.errors import Failure


def never_reached(failure: Failure) -> bool:
    """Whether it never arrived: to a person who waits it is the same as an overload, to whoever
    sets the bot up it is not.
    """
    return isinstance(failure.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
