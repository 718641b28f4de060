"""Who calls the API: a program with one of API_TOKENS, or a person in the Mini App."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from bot.origin import API, API_AND_CHAT, Origin
from bot.tokens import ApiToken, holder
from webhooks.answers import KNOWN, Problem
from webhooks.init_data import Forged, verify
from webhooks.limits import READS, WISHES, Limit


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """`root` is the bot's token, with which Telegram signs for its Mini Apps."""

    root: str = field(repr=False)
    tokens: Sequence[ApiToken]
    clock: Callable[[], datetime]
    reads: Limit = field(default_factory=lambda: Limit(READS))
    wishes: Limit = field(default_factory=lambda: Limit(WISHES))

    def reading(self, request: web.Request) -> Caller:
        """Raises Problem(401, 429)."""
        return self._welcome(request, self.reads)

    def wishing(self, request: web.Request) -> Caller:
        return self._welcome(request, self.wishes)

    def identify(self, authorization: str) -> Caller:
        """From the value of an Authorization header. Raises Problem(401)."""
        scheme, _, proof = authorization.partition(" ")
        if scheme.casefold() == "tma":
            return self._from_telegram(proof.strip())
        if scheme.casefold() != "bearer" or not proof:
            raise _unauthorized("send Authorization: Bearer <token>, or tma <initData>")
        token = holder(self.tokens, proof.strip())
        if token is None:
            raise _unauthorized("this token is not one of ours")
        return Caller(person=token.person, name=token.name, at_telegram=False)

    def count(self, caller: Caller, limit: Limit) -> None:
        """Raises Problem(429)."""
        if (wait := limit.wait(caller.person)) is not None:
            message = f"too many requests: wait {wait:.0f} seconds"
            raise Problem(429, "too_many_requests", message, retry_after=wait)

    def _welcome(self, request: web.Request, limit: Limit) -> Caller:
        caller = self.identify(request.headers.get("Authorization", ""))
        request[KNOWN] = True
        self.count(caller, limit)
        return caller

    def _from_telegram(self, data: str) -> Caller:
        try:
            user = verify(data, token=self.root, now=self.clock())
        except Forged as error:
            raise _unauthorized(str(error)) from error
        return Caller(person=user.id, name=user.name, at_telegram=True, language=user.language)


def _unauthorized(message: str) -> Problem:
    return Problem(401, "unauthorized", message)
