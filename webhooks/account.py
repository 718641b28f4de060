"""/api/models and /api/me: what there is to choose from, and what the caller has."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from bot import preferences
from bot.credits import PriceList, next_day
from bot.errors import Transient
from bot.models import CATALOGUE, Model
from bot.wiring.programs import Programs
from webhooks.answers import try_again
from webhooks.callers import Caller, Callers
from webhooks.openapi import DOCUMENT


class AccountDoor:
    def __init__(self, programs: Programs, callers: Callers, clock: Callable[[], datetime]) -> None:
        self._programs = programs
        self._callers = callers
        self._clock = clock

    async def models(self, request: web.Request) -> web.Response:
        await self._callers.reading(request)
        access = self._programs.ordering.access
        try:
            prices = await access.prices()
            off = (await access.switches.get()).models_off
        except Transient as failure:
            raise try_again() from failure
        shown = [_model(one, prices, available=key not in off) for key, one in CATALOGUE.items()]
        styles = [
            {
                "key": one.key,
                "emoji": one.emoji,
                "labels": dict(one.labels),
                "needsPicture": one.needs_picture,
            }
            for one in self._programs.ordering.presets.values()
        ]
        return web.json_response({"success": True, "data": shown, "styles": styles})

    async def session(self, request: web.Request) -> web.Response:
        """Exchange initData, which holds for an hour, for a token that holds longer."""
        token, until = await self._callers.open_session(request)
        return web.json_response({"success": True, "token": token, "expiresAt": until.isoformat()})

    async def me(self, request: web.Request) -> web.Response:
        caller = await self._callers.reading(request)
        access, now = self._programs.ordering.access, self._clock()
        allowances = access.terms.allowances
        daily = allowances.of(caller.person)
        credits_ = None
        if daily is not None and not access.is_operator(caller.person):
            purses = allowances.purses(caller.origin(), now)
            try:
                statement = await self._programs.books.statement(purses, caller.person)
            except Transient as failure:
                raise try_again() from failure
            credits_ = {
                "left": statement.left,
                "held": statement.held,
                "daily": daily,
                "renewsAt": next_day(now).isoformat(),
            }
        data = {
            "name": caller.name,
            "via": "telegram" if caller.at_telegram else "token",
            "language": await self._language(caller),
            "credits": credits_,
            "canDeliver": caller.at_telegram,
            "shop": self._programs.shop_address() if caller.at_telegram and credits_ else None,
            "webhookSecret": self._programs.seals.secret(caller.person),
        }
        return web.json_response({"success": True, "data": data})

    async def _language(self, caller: Caller) -> str | None:
        """As they have chosen in the chat, else as their Telegram speaks; as in BCP 47."""
        if not caller.at_telegram:
            return None
        scopes = preferences.scopes(caller.origin())
        try:
            chosen = await self._programs.ordering.preferences.get(scopes)
        except Transient as failure:
            raise try_again() from failure
        return chosen.language.replace("_", "-") if chosen.language else caller.language

    async def openapi(self, _request: web.Request) -> web.Response:
        return web.json_response(DOCUMENT)


def _model(model: Model, prices: PriceList, *, available: bool) -> dict[str, Any]:
    return {
        "key": model.key,
        "id": model.id,
        "label": model.label,
        "available": available,
        "aspectRatios": list(model.ratios),
        "defaultAspectRatio": model.default_ratio,
        "sizes": list(model.sizes),
        "formats": list(model.formats),
        "promptMax": model.prompt_max,
        "imagesMin": model.references_min,
        "imagesMax": model.references_max,
        "editsWith": model.edits_with,
        "prices": {size: prices.of(model.key, size) for size in model.sizes},
    }
