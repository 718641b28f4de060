"""What goes wrong on either side while a soak is played: one of these, again and again."""

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.jobs import Fault as GeneratorFault

PAGE = "<html><title>502 Bad Gateway</title></html>"

_CALLS = "sendPhoto|sendMediaGroup|sendMessage|deleteMessage|getFile|sendDocument"
TELEGRAM_FAULTS = (
    TelegramFault(method=_CALLS, status=502, body=PAGE),
    TelegramFault(method=_CALLS, status=502, body=PAGE, before=False),
    TelegramFault(method=_CALLS, status=500, description="Internal Server Error"),
    TelegramFault(method=_CALLS, status=429, description="Too Many Requests", retry_after=2),
    TelegramFault(method=_CALLS, close=True),
    TelegramFault(method=_CALLS, close=True, before=False),
    TelegramFault(method=_CALLS, delay=3.0),
    TelegramFault(method=_CALLS, delay=3.0, before=False),
    TelegramFault(method="getMe|setWebhook|sendChatAction", status=502, body=PAGE),
)
GENERATOR_FAULTS = (
    GeneratorFault(where="create", kind="closed"),
    GeneratorFault(where="create", kind="lost"),
    GeneratorFault(where="create", kind="html"),
    GeneratorFault(where="create", kind="malformed"),
    GeneratorFault(where="create", kind="delay", seconds=3),
    GeneratorFault(where="create", kind="code", code=429),
    GeneratorFault(where="create", kind="code", code=455),
    GeneratorFault(where="create", kind="status", code=429, retry_after=1),
    GeneratorFault(where="create", kind="status", code=503),
    GeneratorFault(where="create", kind="code_and_id", code=505),
    GeneratorFault(where="record", kind="html"),
    GeneratorFault(where="record", kind="malformed"),
    GeneratorFault(where="record", kind="closed"),
    GeneratorFault(where="record", kind="null"),
    GeneratorFault(where="record", kind="empty"),
    GeneratorFault(where="record", kind="status", code=503),
    GeneratorFault(where="outcome", kind="fail", code="500", text="Internal Error, try again"),
    GeneratorFault(where="outcome", kind="fail", code="400", text="content policies"),
    GeneratorFault(where="outcome", kind="slow", seconds=5),
    GeneratorFault(where="callback", kind="lost"),
    GeneratorFault(where="callback", kind="doubled"),
    GeneratorFault(where="callback", kind="late", seconds=5),
    GeneratorFault(where="callback", kind="early"),
    GeneratorFault(where="callback", kind="forged"),
    GeneratorFault(where="callback", kind="short"),
    GeneratorFault(where="result", kind="status", code=404),
    GeneratorFault(where="result", kind="status", code=503),
    GeneratorFault(where="result", kind="html"),
    GeneratorFault(where="result", kind="truncated"),
    GeneratorFault(where="result", kind="closed"),
    GeneratorFault(where="result", kind="slow", seconds=3),
)
