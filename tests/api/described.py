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

from dengbu.api.edge.headers import HEADERS
from dengbu.api.shapes.problems import OF_ANY

Json = dict[str, Any]
CONVERTER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
PROBLEM = "application/problem+json"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BY_THE_SERVER = {
    "Content-Type",
    "Content-Length",
    "Date",
    *HEADERS,
}  # of every answer, so no operation names them
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


def resolved(document: Json, described: Json) -> Json:
    """A part of a document, or the one that it refers to."""
    found = described
    for step in described.get("$ref", "#").split("/")[1:]:
        found = (document if found is described else found)[step]
    return found


def _faults_of_language(problem: Json) -> Iterator[str]:
    """Yield the texts of a problem that are in another language than their names say."""
    for part in ("title", "detail", "action"):
        if CHINESE.search(problem[f"{part}_en"]):
            yield f"{part}_en has Chinese: {problem[f'{part}_en']}"
        if not CHINESE.search(problem[f"{part}_zh"]):
            yield f"{part}_zh has no Chinese: {problem[f'{part}_zh']}"


class Described:
    """Compares the answers of apps with their document, and keeps what differs until a test asks."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.seen: set[tuple[str, str, str]] = set()  # operation id, status, content type
        self.headers: set[str] = set()
        self._lock = threading.Lock()
        self._document: Json = {}
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def follow(self, app: Flask) -> None:
        """Compare every answer of an app from now on."""
        # The first to be registered is the last to see an answer, with all its headers.
        app.after_request_funcs.setdefault(None, []).insert(0, self._compared)
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
        path = CONVERTER.sub(r"{\1}", rule.rule) if rule else ""
        if path in OF_NO_OPERATION:
            return response
        with self._lock:
            item = self._document["paths"].get(
                path, {}
            )  # {}: the request is of no operation, and so its answer a problem
            operation = item.get(request.method.lower().replace("head", "get"))
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
        if operation is not None and status not in responses and response.status_code not in OF_ANY:
            yield f"{status} is not described: {response.get_data(as_text=True)[:300]}"
            return
        described = self._resolved(responses.get(status, responses["default"]))
        yield from self._faults_of_headers(status, response, described.get("headers", {}))
        content, kind = described.get("content", {}), response.mimetype if status != "304" else ""
        if operation is not None:
            self.seen.add((operation["operationId"], status, kind))
        if request.method == "HEAD" or status == "304":
            return
        if kind not in content:
            yield f"{status} is of {kind}, which is not described"
            return
        if kind == PROBLEM:
            yield from _faults_of_language(json.loads(response.get_data()))
        if kind.endswith("json"):
            for fault in self._validator(content[kind]["schema"]).iter_errors(
                json.loads(response.get_data())
            ):
                yield f"{status} {fault.message[:600]} at {fault.instance_path}: {response.get_data(as_text=True)[:600]}"

    def _faults_of_headers(self, status: str, response: Response, described: Json) -> Iterator[str]:
        for name, value in response.headers.items():
            if name in BY_THE_SERVER:
                continue
            if name not in described:
                yield f"{status} has the header {name}, which is not described: {value}"
            elif not re.search(self._resolved(described[name])["schema"]["pattern"], value):
                yield f"{status} has a header of another form, {name}: {value}"
            self.headers.add(name)

    def _resolved(self, described: Json) -> Json:
        return resolved(self._document, described)

    def _validator(self, schema: Json) -> jsonschema_rs.Draft202012Validator:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {**schema, "components": self._document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole)
        return self._validators[key]
