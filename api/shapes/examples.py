"""Examples of requests and answers: the record of a real run of five nodes, which a test repeats and compares.

What differs from run to run (references, hashes, signatures, instants, days) has a sample in its place; long lists and texts
are cut, and bytes are shown in base64.
"""

import json
from pathlib import Path
from typing import Any

from dengbu.api.edge.problem import CONTENT_TYPE
from dengbu.api.shapes.of_ledger import Json
from dengbu.api.shapes.problems import OF_ANY, name_of

FILE = Path(__file__).with_name("examples.json")
_KEPT: Json = json.loads(FILE.read_text(encoding="utf-8"))
OPERATIONS: Json = _KEPT[
    "operations"
]  # operation id -> {path, query, headers, body, answers: {"status kind": answer}}
PROBLEMS: Json = _KEPT["problems"]  # "status code" -> the problem
_PARTS = {"path": "path", "query": "query", "header": "headers"}


def show(operation: Json, parameters: list[Json]) -> None:
    """Put the examples of an operation into the document; `parameters` are its own and those of its path."""
    kept = OPERATIONS.get(operation["operationId"], {})
    for one in parameters:
        given = kept.get(_PARTS[one["in"]], {})
        if one["name"] in given:
            one.setdefault("example", given[one["name"]])
    if "body" in kept:
        (described,) = operation["requestBody"]["content"].values()
        described["examples"] = _run(kept["body"])
    for name, answer in kept.get("answers", {}).items():
        status, _, kind = name.partition(" ")
        operation["responses"][status]["content"][kind]["examples"] = _run(answer)


def show_problems(responses: Json) -> None:
    """Put the examples of problems into the document's responses: by their names, and among those of any request."""
    for name, problem in PROBLEMS.items():
        status, _, code = name.partition(" ")
        named = [
            responses[name_of(int(status))],
            *([responses["DEFAULT_ERROR"]] if int(status) in OF_ANY else ()),
        ]
        for response in named:
            response["content"][CONTENT_TYPE].setdefault("examples", {})[code] = {"value": problem}


def _run(example: Any) -> Json:
    return {"run": {"summary": "实例 from a run", "value": example}}
