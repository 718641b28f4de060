"""The HTTP API as an OpenAPI 3.1 document. https://spec.openapis.org/oas/v3.1.1"""

from typing import Any

from bot.models import CATALOGUE, FORMATS, SIZES, WIDE_RATIOS
from bot.prompt import COUNT_MAX

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
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


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


_STATUS: Schema = {"type": "string", "enum": ["pending", "processing", "completed", "failed"]}
_SUCCESS: Schema = {"type": "boolean", "const": True}
_TASK_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{12}$"}

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
        "negativePrompt": _TEXT,
        "steps": {"description": "Accepted, and without effect.", "type": "integer"},
        "deliver": {
            "type": "boolean",
            "description": "In the Mini App: to the private chat too.",
        },
        "callbackUrl": {
            "type": "string",
            "format": "uri",
            "description": "Called when the task has ended, signed by Standard Webhooks.",
        },
    },
    "required": ["prompt"],
}
_JSON_WISH: Schema = {
    **_WISH,
    "properties": {
        **_WISH["properties"],
        "image": {"type": "string", "description": "data:image/png;base64,…; image2, … too."},
        "images": _list(_TEXT),
    },
}
_FORM_WISH: Schema = {
    **_WISH,
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
            "properties": {"code": _TEXT, "message": _TEXT, "field": _TEXT},
            "required": ["code", "message"],
            "additionalProperties": False,
        },
    ),
    "Reason": _object(code=_TEXT, message=_TEXT),
    "Image": _object(
        id=_TEXT,
        number=_WHOLE,
        status=_STATUS,
        prompt=_maybe(_TEXT),
        url=_maybe(_TEXT),
        mediaType=_maybe(_TEXT),
        width=_maybe(_WHOLE),
        height=_maybe(_WHOLE),
        bytes=_maybe(_WHOLE),
        seconds=_maybe({"type": "number"}),
        error=_maybe(_ref("Reason")),
    ),
    "Generation": _object(
        id=_TASK_ID,
        mode={"type": "string", "enum": ["text-to-image", "image-to-image"]},
        model=_TEXT,
        prompt=_TEXT,
        aspectRatio=_TEXT,
        size=_TEXT,
        format=_maybe(_TEXT),
        style=_maybe(_TEXT),
        count=_WHOLE,
        references=_WHOLE,
        images=_list(_ref("Image")),
        price=_WHOLE,
        cancelled={"type": "boolean"},
        createdAt=_WHEN,
        error=_maybe(_ref("Reason")),
        version=_WHOLE,
    ),
    "Task": _object(
        id=_TASK_ID,
        status=_STATUS,
        prompt=_TEXT,
        result=_maybe(_TEXT),
        generation=_ref("Generation"),
    ),
    "Accepted": _object(success=_SUCCESS, taskId=_TASK_ID, status=_STATUS, message=_TEXT),
    "OneTask": _object(success=_SUCCESS, data=_ref("Task")),
    "Tasks": _object(success=_SUCCESS, data=_list(_ref("Task")), next=_maybe(_TASK_ID)),
    "Deleted": _object(
        success=_SUCCESS,
        taskId=_TASK_ID,
        action={"type": "string", "enum": ["cancelled", "deleted"]},
    ),
    "Model": _object(
        key=_TEXT,
        id=_TEXT,
        label=_TEXT,
        available={"type": "boolean"},
        aspectRatios=_list(_TEXT),
        defaultAspectRatio=_TEXT,
        sizes=_list(_TEXT),
        formats=_list(_TEXT),
        promptMax=_WHOLE,
        imagesMin=_WHOLE,
        imagesMax=_WHOLE,
        editsWith=_maybe(_TEXT),
        prices={"type": "object", "additionalProperties": _WHOLE},
    ),
    "Style": _object(
        key=_TEXT,
        emoji=_TEXT,
        labels={"type": "object", "additionalProperties": _TEXT},
        needsPicture={"type": "boolean"},
    ),
    "Models": _object(success=_SUCCESS, data=_list(_ref("Model")), styles=_list(_ref("Style"))),
    "Credits": _object(left=_WHOLE, held=_WHOLE, daily=_WHOLE, renewsAt=_WHEN),
    "Me": _object(
        success=_SUCCESS,
        data=_object(
            name=_TEXT,
            via={"type": "string", "enum": ["token", "telegram"]},
            language=_maybe(_TEXT),
            credits=_maybe(_ref("Credits")),
            webhookSecret=_TEXT,
        ),
    ),
    "Notice": _object(
        type={"type": "string", "enum": ["task.completed", "task.failed"]},
        timestamp=_WHEN,
        data=_ref("Task"),
    ),
}


def _content(name: str) -> Schema:
    return {"application/json": {"schema": _ref(name)}}


def _operation(says: str, answer: str, *errors: int, **more: Any) -> Schema:
    responses = {
        str(status): {"description": "Refused", "content": _content("Error")}
        for status in (401, 429, 503, *errors)
    }
    found = {"200": {"description": says, "content": _content(answer)}}
    return {"summary": says, "responses": {**found, **responses}, **more}


def _in(where: str, name: str, schema: Schema, *, required: bool = False) -> Schema:
    return {"name": name, "in": where, "required": required, "schema": schema}


_TASK_PARAMETER = _in("path", "task", _TEXT, required=True)

PATHS: Schema = {
    "/api/generate/image": {
        "post": _operation(
            "Draw a picture",
            "Accepted",
            *(400, 402, 403, 408, 413, 415, 422),
            operationId="generate",
            parameters=[_in("header", "Idempotency-Key", {"type": "string", "maxLength": 255})],
            requestBody={
                "required": True,
                "content": {
                    "application/json": {"schema": _JSON_WISH},
                    "multipart/form-data": {"schema": _FORM_WISH},
                },
            },
            callbacks={
                "ended": {
                    "{$request.body#/callbackUrl}": {
                        "post": {
                            "requestBody": {"content": _content("Notice")},
                            "responses": {"2XX": {"description": "Heard"}},
                        }
                    }
                }
            },
        )
    },
    "/api/task/{task}": {
        "parameters": [_TASK_PARAMETER],
        "get": _operation("How a task stands", "OneTask", 404, operationId="getTask"),
        "delete": _operation(
            "Cancel a task, or delete one that has ended",
            "Deleted",
            404,
            409,
            operationId="deleteTask",
        ),
    },
    "/api/tasks": {
        "get": _operation(
            "The caller's tasks, newest first",
            "Tasks",
            422,
            operationId="listTasks",
            parameters=[
                _in("query", "limit", {"type": "integer", "minimum": 1, "maximum": 100}),
                _in("query", "cursor", _TASK_ID),
            ],
        )
    },
    "/api/models": {"get": _operation("The catalogue", "Models", operationId="listModels")},
    "/api/me": {"get": _operation("Who calls, and their credits", "Me", operationId="me")},
}

DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {
        "title": "Nano Banana bot",
        "version": "1",
        "description": "GET /api/task/{task}/events is a WebSocket: each change as it happens.",
    },
    "security": [{"token": []}, {"miniApp": []}],
    "paths": PATHS,
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "miniApp": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "tma <initData>",
            },
        },
    },
}
