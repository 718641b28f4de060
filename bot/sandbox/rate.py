"""How often the generator may be asked."""

from collections import defaultdict, deque


class Limit:
    """At most `calls` per `seconds` (a sliding window); refused calls do not count."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._calls, self._seconds = calls, seconds
        self._windows: defaultdict[str, deque[float]] = defaultdict(deque)

    def allows(self, name: str, moment: float) -> bool:
        window = self._windows[name]
        while window and window[0] <= moment - self._seconds:
            window.popleft()
        if len(window) >= self._calls:
            return False
        window.append(moment)
        return True
