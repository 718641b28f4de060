"""Every call to the generator, told to the log: which one, what came of it, how long it took.

Shown at LOG_LEVEL=DEBUG only, and counted always.
"""

import logging
import time
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bot.errors import Failure

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def told(call: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same call, told. Its result is `ok` or the kind of failure: transient, unclear, ..."""

    @wraps(call)
    async def telling(*args: P.args, **kwargs: P.kwargs) -> T:
        began, result, reason = time.monotonic(), "broken", None
        try:
            answer = await call(*args, **kwargs)
            result = "ok"
        except Failure as failure:
            result, reason = type(failure).__name__.casefold(), failure.reason
            raise
        else:
            return answer
        finally:
            about = {"call": call.__name__, "result": result, "reason": reason}
            log.debug("generator call", extra={**about, "seconds": time.monotonic() - began})

    return telling
