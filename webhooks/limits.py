"""How often each caller may knock: sliding windows, kept in memory."""

import time
from collections import OrderedDict
from collections.abc import Callable

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

# A page reads more than it asks for.
READS_FOR_A_WISH = 10

_CALLERS_MAX = 10_000


class Limit:
    """One rate, for each caller apart."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = Rate(a_minute, Duration.MINUTE)
        self._clock = clock
        self._buckets: OrderedDict[int, InMemoryBucket] = OrderedDict()

    def wait(self, caller: int) -> float | None:
        """Count a knock; None when it is welcome, else after how many seconds the next one is."""
        now = int(self._clock() * 1000)
        bucket = self._buckets.pop(caller, None) or InMemoryBucket([self._rate])
        self._buckets[caller] = bucket
        if len(self._buckets) > _CALLERS_MAX:
            self._buckets.popitem(last=False)
        bucket.leak(now)
        item = RateItem(str(caller), now)
        if bucket.put(item):
            return None
        # One that is kept in memory knows at once; others would have to be waited for.
        wait = bucket.waiting(item)
        return max(wait, 1) / 1000 if isinstance(wait, int) else 1.0
