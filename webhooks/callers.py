"""Who calls the API: a program with one of API_TOKENS, or a person in the Mini App.

The person proves it by initData, or by the session that was opened with it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bot.errors import Transient
from bot.origin import API, API_AND_CHAT, Origin
from bot.tokens import ApiToken, holder
from webhooks.answers import KNOWN, Problem, try_again
from webhooks.init_data import Forged, MiniAppUser, Opening, verify
from webhooks.limits import Limit
from webhooks.sessions import HOLDS as SESSION_HOLDS
from webhooks.sessions import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`person` is their number at Telegram, or that of a token; `at_telegram` tells which."""

    person: int
    name: str
    at_telegram: bool
    language: str | None = None

    def origin(self, *, to_chat: bool = False, callback: str | None = None) -> Origin:
        """Nothing was said in a chat; the pictures are fetched, or sent there as well."""
        return Origin(
            chat=self.person,
            message=0,
            person=self.person,
            language=self.language,
            via=API_AND_CHAT if to_chat else API,
            callback=callback,
        )


class Proofs(Protocol):
    """What has opened a session, on disk. Raises Transient."""

    async def spend(self, proof: str, until: datetime) -> bool:
        """False when it was spent before. It is remembered `until` then."""

    async def is_spent(self, proof: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """`root` is the bot's token, with which Telegram signs for its Mini Apps."""

    root: str = field(repr=False)
    tokens: Sequence[ApiToken]
    proofs: Proofs
    clock: Callable[[], datetime]
    reads: Limit
    wishes: Limit

    async def reading(self, request: web.Request) -> Caller:
        """Raises Problem(401, 429, 503)."""
        return await self._welcome(request, self.reads)

    async def wishing(self, request: web.Request) -> Caller:
        return await self._welcome(request, self.wishes)

    async def identify(self, authorization: str) -> Caller:
        """From the value of an Authorization header. Raises Problem(401, 503)."""
        scheme, _, proof = authorization.partition(" ")
        proof = proof.strip()
        if scheme.casefold() == "tma":
            return _person((await self._opening(proof)).user)
        if scheme.casefold() != "bearer" or not proof:
            raise _unauthorized("send Authorization: Bearer <token>, or tma <initData>")
        if user := self._sessions.holder(proof, self.clock()):
            return _person(user)
        token = holder(self.tokens, proof)
        if token is None:
            raise _unauthorized("this token is not one of ours, or no longer")
        return Caller(person=token.person, name=token.name, at_telegram=False)

    async def open_session(self, request: web.Request) -> tuple[str, datetime]:
        """A session for the initData of this request, which is good for nothing else after that.

        Raises Problem(401, 429, 503).
        """
        await self._welcome(request, self.reads)
        _, _, proof = request.headers["Authorization"].partition(" ")
        opening = await self._opening(proof.strip())
        until = self.clock() + SESSION_HOLDS
        # Its initData has run out by then.
        if not await _asked(self.proofs.spend(opening.proof, until)):
            raise _replayed()
        return self._sessions.issue(opening.user, until), until

    def count(self, caller: Caller, limit: Limit) -> None:
        """Raises Problem(429)."""
        if (wait := limit.wait(caller.person)) is not None:
            message = f"too many requests: wait {wait:.0f} seconds"
            raise Problem(429, "too_many_requests", message, retry_after=wait)

    @property
    def _sessions(self) -> Sessions:
        return Sessions(self.root)

    async def _welcome(self, request: web.Request, limit: Limit) -> Caller:
        caller = await self.identify(request.headers.get("Authorization", ""))
        request[KNOWN] = True
        self.count(caller, limit)
        return caller

    async def _opening(self, data: str) -> Opening:
        try:
            opening = verify(data, token=self.root, now=self.clock())
        except Forged as error:
            raise _unauthorized(str(error)) from error
        if await _asked(self.proofs.is_spent(opening.proof)):
            raise _replayed()
        return opening


def _person(user: MiniAppUser) -> Caller:
    return Caller(person=user.id, name=user.name, at_telegram=True, language=user.language)


async def _asked(answer: Awaitable[bool]) -> bool:
    try:
        return await answer
    except Transient as failure:
        raise try_again() from failure


def _replayed() -> Problem:
    message = "this initData has opened a session already: go on with that, or open the page anew"
    return Problem(401, "replayed", message)


def _unauthorized(message: str) -> Problem:
    return Problem(401, "unauthorized", message)
