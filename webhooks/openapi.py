"""The HTTP API as an OpenAPI 3.1 document. https://spec.openapis.org/oas/v3.1.1"""

from typing import Any

from webhooks.schemas import (
    DELIVER,
    FORM_WISH,
    JSON_WISH,
    SCHEMAS,
    TEXT,
    Schema,
    ref,
)


def _content(name: str) -> Schema:
    return {"application/json": {"schema": ref(name)}}


def _operation(says: str, answer: str, *errors: int, **more: Any) -> Schema:
    responses = {
        str(status): {"description": "Refused", "content": _content("Error")}
        for status in (401, 415, 429, 503, *errors)
    }
    found = {"200": {"description": says, "content": _content(answer)}}
    return {"summary": says, "responses": {**found, **responses}, **more}


def _file_operation() -> Schema:
    found = {"description": "The bytes", "content": {"image/*": {"schema": {}}}}
    operation = _operation("The bytes of a picture", "Gone", 404, 410, operationId="getPicture")
    return {**operation, "responses": {**operation["responses"], "200": found}}


def _in(where: str, name: str, schema: Schema, *, required: bool = False) -> Schema:
    return {"name": name, "in": where, "required": required, "schema": schema}


_TASK_PARAMETER = _in("path", "task", TEXT, required=True)
_PICTURE_PARAMETER = _in("path", "picture", TEXT, required=True)
_KEY_PARAMETER = _in("header", "Idempotency-Key", {"type": "string", "maxLength": 255})
_CURSOR: Schema = {**TEXT, "pattern": "^([0-9a-f]{12}|[0-9a-f]{16})?$"}
_LIMIT_PARAMETER = _in("query", "limit", {"type": "integer", "minimum": 1, "maximum": 100})


def _json_body(*, required: bool = False, **properties: Any) -> Schema:
    schema = {"type": "object", "properties": properties}
    return {"required": required, "content": {"application/json": {"schema": schema}}}


PATHS: Schema = {
    "/api/generate/image": {
        "post": _operation(
            "Draw a picture",
            "Accepted",
            *(400, 402, 403, 408, 413, 422),
            operationId="generate",
            parameters=[_KEY_PARAMETER],
            requestBody={
                "required": True,
                "content": {
                    "application/json": {"schema": JSON_WISH},
                    "multipart/form-data": {"schema": FORM_WISH},
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
                _LIMIT_PARAMETER,
                _in("query", "cursor", _CURSOR),
            ],
        )
    },
    "/api/task/{task}/retry": {
        "parameters": [_TASK_PARAMETER],
        "post": _operation(
            "Draw once more what has failed",
            "Accepted",
            *(400, 402, 403, 404, 408, 409, 413, 422),
            operationId="retryTask",
            parameters=[_KEY_PARAMETER],
            requestBody=_json_body(deliver=DELIVER),
        ),
    },
    "/api/pictures": {
        "get": _operation(
            "The caller's pictures, newest first, those from the chats too",
            "Pictures",
            422,
            operationId="listPictures",
            parameters=[
                _in("query", "q", {"type": "string", "description": "Words of the prompt."}),
                _in("query", "starred", {"type": "boolean"}),
                _LIMIT_PARAMETER,
                _in("query", "cursor", _CURSOR),
            ],
        )
    },
    "/api/picture/{picture}/file": {
        "parameters": [_PICTURE_PARAMETER],
        "get": _file_operation(),
    },
    "/api/picture/{picture}/favourite": {
        "parameters": [_PICTURE_PARAMETER],
        "put": _operation("Make it a favourite", "Starred", 404, operationId="star"),
        "delete": _operation("Make it none", "Starred", 404, operationId="unstar"),
    },
    "/api/picture/{picture}": {
        "parameters": [_PICTURE_PARAMETER],
        "delete": _operation("Delete a picture", "Gone", 404, operationId="deletePicture"),
    },
    "/api/picture/{picture}/redraw": {
        "parameters": [_PICTURE_PARAMETER],
        "post": _operation(
            "Draw from a picture that is there",
            "Accepted",
            *(400, 402, 403, 404, 408, 413, 422),
            operationId="redraw",
            parameters=[_KEY_PARAMETER],
            requestBody=_json_body(
                required=True,
                **{
                    "as": {"type": "string", "enum": ["again", "variations", "larger", "reshaped"]},
                    "aspectRatio": {"type": "string", "description": "For reshaped."},
                    "deliver": DELIVER,
                },
            ),
        ),
    },
    "/api/picture/{picture}/share": {
        "parameters": [_PICTURE_PARAMETER],
        "post": _operation(
            "Prepare a message with it, for shareMessage of the Mini App",
            "Prepared",
            *(403, 404, 409),
            operationId="share",
        ),
    },
    "/api/session": {
        "post": _operation(
            "Exchange initData, once, for a token of twelve hours",
            "Session",
            operationId="openSession",
            security=[{"miniApp": []}],
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
