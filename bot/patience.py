"""How long we wait for what: pure decisions, all in seconds.

The lookups follow https://docs.kie.ai/market/common/get-task-detail: every few seconds at
first, then rarer; where a callback will come, hardly at all.
"""

from dataclasses import dataclass

# What another process writes, a command of the operator say, is found after so long at the latest.
LOOK_AGAIN = 5.0

_RETRIES = (2.0, 5.0, 12.0, 30.0, 60.0)
_HOUR = 3_600.0
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """`poll`: between two lookups at first. `timeout`: after which a job is given up. `slow`:
    after which the person hears that it takes longer. `unclear`: how long a submission
    without an answer waits for its callback before it is made again. `card`: between two looks
    at a card at first.
    """

    poll: float = 3.0
    timeout: float = 900.0
    slow: float = 180.0
    unclear: float = 120.0
    card: float = 5.0

    def until_lookup(self, elapsed: float, *, called_back: bool) -> float:
        """From now to the next lookup of a job that was submitted `elapsed` ago."""
        if called_back:
            return min(max(elapsed, 10 * self.poll), 60 * self.poll)
        if elapsed < 10 * self.poll:
            return self.poll
        return (2 if elapsed < 40 * self.poll else 5) * self.poll

    def until_follow_up(self, elapsed: float, *, first: bool) -> float | None:
        """From now to the next look at a job we have given up; None when it is a day old.

        There is always a `first` look: whoever was away for a day may find the generator away.
        """
        if elapsed < _DAY:
            return max(elapsed, self.poll)
        return _HOUR if first else None

    def until_card(self, elapsed: float, *, private: bool) -> float:
        """From now to the next look at the card of a task that is `elapsed` old.

        Rarer the longer it takes, as nobody watches for so long; in groups the messages of all
        count together. When it gets slow the card says so at once.
        """
        wait = max(self.card, elapsed / 4) * (1 if private else 3)
        return self.slow - elapsed if elapsed < self.slow < elapsed + wait else wait

    def until_retry(self, tries: int, retry_after: float | None, *, jitter: float) -> float:
        """Before the next of `tries` failed attempts; `jitter` is a random number in 0..1.

        A wait the other side names is kept and never shortened.
        """
        if retry_after is not None:
            return retry_after + jitter
        wait = _RETRIES[min(max(tries, 1), len(_RETRIES)) - 1] * self.poll / 3
        return wait * (0.75 + jitter / 2)

    def forgets(self, elapsed: float, tries: int) -> bool:
        """Whether a job the generator has not known `tries` times should be known by now."""
        return elapsed > 10 * self.poll and tries >= 4

    def gives_up_delivery(self, elapsed: float) -> bool:
        """Whether a result that cannot be delivered has waited long enough."""
        return elapsed > max(_DAY, self.timeout)
