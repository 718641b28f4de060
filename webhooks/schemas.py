"""The shapes of what goes in and comes out over HTTP, as JSON Schemas.

https://json-schema.org/draft/2020-12
"""

from typing import Any

from bot.models import CATALOGUE, FORMATS, SIZES, WIDE_RATIOS
from bot.prompt import COUNT_MAX

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_WHEN: Schema = {"type": "string", "format": "date-time"}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(**properties: Schema) -> Schema:
    """All of them are there, and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


_PREVIEW: Schema = {
    **_maybe(TEXT),
    "description": "The same, small: a WebP of 640 pixels on its longer side, or all of it.",
}
_STATUS: Schema = {"type": "string", "enum": ["pending", "processing", "completed", "failed"]}
_SUCCESS: Schema = {"type": "boolean", "const": True}
TASK_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{12}$"}

PICTURE_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}


DELIVER: Schema = {"type": "boolean", "description": "In the Mini App: to the private chat too."}
_WISH: Schema = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string", "minLength": 1},
        "mode": {"type": "string", "enum": ["text-to-image", "image-to-image"]},
        "model": {
            "type": "string",
            "description": "A key or id of /api/models, or nano-banana. Left out: whichever can.",
            "examples": ["nano-banana", *(one.key for one in CATALOGUE.values())],
        },
        "aspectRatio": {"type": "string", "enum": list(WIDE_RATIOS)},
        "size": {"type": "string", "enum": list(SIZES)},
        "format": {"type": "string", "enum": [*FORMATS, "jpeg"]},
        "n": {"type": "integer", "minimum": 1, "maximum": COUNT_MAX, "description": "Or count."},
        "style": {"type": "string", "description": "A key of the styles of /api/models."},
        "negativePrompt": TEXT,
        "steps": {"description": "Accepted, and without effect.", "type": "integer"},
        "deliver": DELIVER,
        "callbackUrl": {
            "type": "string",
            "format": "uri",
            "description": "Called when the task has ended, signed by Standard Webhooks.",
        },
    },
    "required": ["prompt"],
}
# What is null counts as not said.
JSON_WISH: Schema = {
    **_WISH,
    "properties": {
        **{name: _maybe(one) for name, one in _WISH["properties"].items()},
        "prompt": _WISH["properties"]["prompt"],
        "image": _maybe(
            {
                "type": "string",
                "description": "data:image/png;base64,…, or picture:… with the id of one of yours;"
                " image2, … too.",
            }
        ),
        "images": _maybe(_list(TEXT)),
    },
}
FORM_WISH: Schema = {
    **_WISH,
    # https://www.rfc-editor.org/rfc/rfc7578#section-5.1: other signs are not safe in a form.
    "propertyNames": {"pattern": r"^[A-Za-z0-9_\[\]-]+$"},
    "properties": {
        **_WISH["properties"],
        "image": {"type": "string", "format": "binary", "description": "image2, images[], … too."},
    },
}

SCHEMAS: dict[str, Schema] = {
    "Error": _object(
        success={"type": "boolean", "const": False},
        error={
            "type": "object",
            "properties": {
                "code": TEXT,
                "message": TEXT,
                "field": TEXT,
                # With `not_enough_credits`.
                "credits": _object(needed=_WHOLE, left=_WHOLE, renewsAt=_maybe(_WHEN)),
            },
            "required": ["code", "message"],
            "additionalProperties": False,
        },
    ),
    "Reason": _object(code=TEXT, message=TEXT),
    "Image": _object(
        id=TEXT,
        number=_WHOLE,
        status=_STATUS,
        prompt=_maybe(TEXT),
        url=_maybe(TEXT),
        preview=_PREVIEW,
        mediaType=_maybe(TEXT),
        width=_maybe(_WHOLE),
        height=_maybe(_WHOLE),
        bytes=_maybe(_WHOLE),
        seconds=_maybe({"type": "number"}),
        error=_maybe(ref("Reason")),
    ),
    "Generation": _object(
        id=TASK_ID,
        mode={"type": "string", "enum": ["text-to-image", "image-to-image"]},
        model=TEXT,
        prompt=TEXT,
        aspectRatio=TEXT,
        size=TEXT,
        format=_maybe(TEXT),
        style=_maybe(TEXT),
        count=_WHOLE,
        references=_WHOLE,
        images=_list(ref("Image")),
        price=_WHOLE,
        cancelled={"type": "boolean"},
        createdAt=_WHEN,
        error=_maybe(ref("Reason")),
        version=_WHOLE,
    ),
    "Task": _object(
        id=TASK_ID,
        status=_STATUS,
        prompt=TEXT,
        result=_maybe(TEXT),
        generation=ref("Generation"),
    ),
    "Accepted": _object(success=_SUCCESS, taskId=TASK_ID, status=_STATUS, message=TEXT),
    "OneTask": _object(success=_SUCCESS, data=ref("Task")),
    "Tasks": _object(success=_SUCCESS, data=_list(ref("Task")), next=_maybe(TASK_ID)),
    "Deleted": _object(
        success=_SUCCESS,
        taskId=TASK_ID,
        action={"type": "string", "enum": ["cancelled", "deleted"]},
    ),
    "Model": _object(
        key=TEXT,
        id=TEXT,
        label=TEXT,
        available={"type": "boolean"},
        aspectRatios=_list(TEXT),
        defaultAspectRatio=TEXT,
        sizes=_list(TEXT),
        formats=_list(TEXT),
        promptMax=_WHOLE,
        imagesMin=_WHOLE,
        imagesMax=_WHOLE,
        editsWith=_maybe(TEXT),
        prices={"type": "object", "additionalProperties": _WHOLE},
    ),
    "Style": _object(
        key=TEXT,
        emoji=TEXT,
        labels={"type": "object", "additionalProperties": TEXT},
        needsPicture={"type": "boolean"},
    ),
    "Models": _object(success=_SUCCESS, data=_list(ref("Model")), styles=_list(ref("Style"))),
    "Credits": _object(left=_WHOLE, held=_WHOLE, daily=_WHOLE, renewsAt=_WHEN),
    "Me": _object(
        success=_SUCCESS,
        data=_object(
            name=TEXT,
            via={"type": "string", "enum": ["token", "telegram"]},
            language=_maybe(TEXT),
            credits=_maybe(ref("Credits")),
            canDeliver={"type": "boolean"},
            # Where one buys credits, if the bot sells some.
            shop=_maybe(TEXT),
            webhookSecret=TEXT,
        ),
    ),
    "Session": _object(success=_SUCCESS, token=TEXT, expiresAt=_WHEN),
    "Picture": _object(
        id=PICTURE_ID,
        task=TASK_ID,
        prompt=TEXT,
        model=TEXT,
        aspectRatio=TEXT,
        size=TEXT,
        format=_maybe(TEXT),
        style=_maybe(TEXT),
        createdAt=_WHEN,
        starred={"type": "boolean"},
        # Came too late or could not be brought: it is paid for once its file is fetched.
        waiting={"type": "boolean"},
        url=_maybe(TEXT),
        preview=_PREVIEW,
        mediaType=_maybe(TEXT),
        width=_maybe(_WHOLE),
        height=_maybe(_WHOLE),
        bytes=_maybe(_WHOLE),
    ),
    "Pictures": _object(success=_SUCCESS, data=_list(ref("Picture")), next=_maybe(PICTURE_ID)),
    "Starred": _object(success=_SUCCESS, starred={"type": "boolean"}),
    "Gone": _object(success=_SUCCESS, action={"type": "string", "const": "deleted"}),
    "Prepared": _object(success=_SUCCESS, preparedMessageId=TEXT, expiresAt=_WHEN),
    "Notice": _object(
        type={"type": "string", "enum": ["task.completed", "task.failed"]},
        timestamp=_WHEN,
        data=ref("Task"),
    ),
}
