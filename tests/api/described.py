"""Every answer that a test gets, compared with the API's document.

The shapes of answers let members be added later; here they are closed, so that a member that the document does not name is
found.
"""

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from flask import Flask, Response, request

Json = dict[str, Any]
CONVERTER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
PROBLEM = "application/problem+json"
# What any request may be answered with, whatever it asks for; the document says so once, under `default`.
OF_ANY = {"405", "413", "415", "431", "500"}
OF_NO_OPERATION = {
    "/openapi.json",
    "/",
    "/pages.css",
    "/docs",
    "/docs/rapidoc.js",
}  # pages, and the document itself


def closed(value: Any) -> Any:
    """A schema in which objects have the members that it names, and no others unless it says so."""
    if isinstance(value, list):
        return [closed(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: closed(each) for name, each in value.items()}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Method, path and description of each operation."""
    for path, item in document["paths"].items():
        for method in ("get", "post"):
            if method in item:
                yield method, path, item[method]


class Described:
    """Compares the answers of apps with their document, and keeps what differs until a test asks."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.seen: set[tuple[str, str, str]] = set()  # operation id, status, content type
        self._lock = threading.Lock()
        self._document: Json = {}
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def follow(self, app: Flask) -> None:
        """Compare every answer of an app from now on."""
        app.after_request(self._compared)
        if (
            not self._document
        ):  # asked for now: a request within a request would write over what that one keeps
            self._document = closed(json.loads(app.test_client().get("/openapi.json").data))

    def settle(self) -> None:
        """AssertionError with all that differed since the last time."""
        with self._lock:
            found, self.faults = self.faults, []
        assert not found, "\n".join(found)

    def _compared(self, response: Response) -> Response:
        rule = request.url_rule
        if rule is None or rule.rule in OF_NO_OPERATION:
            return response
        with self._lock:
            path = CONVERTER.sub(r"{\1}", rule.rule)
            operation = self._document["paths"][path].get(request.method.lower().replace("head", "get"))
            for fault in self._faults(operation, response):
                self.faults.append(f"{request.method} {path}: {fault}")
        return response

    def _faults(self, operation: Json | None, response: Response) -> Iterator[str]:
        status = str(response.status_code)
        responses = (
            operation["responses"]
            if operation
            else {"default": {"$ref": "#/components/responses/DEFAULT_ERROR"}}
        )
        if operation is not None and status not in responses and status not in OF_ANY:
            yield f"{status} is not described: {response.get_data(as_text=True)[:300]}"
            return
        described = self._resolved(responses.get(status, responses["default"]))
        content, kind = described.get("content", {}), response.mimetype
        if (
            request.method == "HEAD"
            or status == "304"
            or (not content and not response.is_streamed and not response.get_data())
        ):
            return
        if kind not in content:
            yield f"{status} is of {kind}, which is not described"
            return
        if operation is not None:
            self.seen.add((operation["operationId"], status, kind))
        if kind.endswith("json"):
            for fault in self._validator(content[kind]["schema"]).iter_errors(
                json.loads(response.get_data())
            ):
                yield f"{status} {fault.message[:600]} at {fault.instance_path}: {response.get_data(as_text=True)[:600]}"

    def _resolved(self, response: Json) -> Json:
        if "$ref" not in response:
            return response
        found: Json = self._document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        return found

    def _validator(self, schema: Json) -> jsonschema_rs.Draft202012Validator:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {**schema, "components": self._document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole)
        return self._validators[key]
