"""Examples of requests and answers: the record of a real run of five nodes, which a test repeats and compares.

What differs from run to run (references, hashes, signatures, instants, days) has a sample in its place; long lists and texts
are cut.
"""

import json
from pathlib import Path
from typing import Any

from dengbu.api.edge.problem import CONTENT_TYPE
from dengbu.api.shapes.of_ledger import Json
from dengbu.api.shapes.problems import name_of

FILE = Path(__file__).with_name("examples.json")
_KEPT: Json = json.loads(FILE.read_text(encoding="utf-8"))
OPERATIONS: Json = _KEPT["operations"]  # operation id -> {path, query, headers, body, status, answer}
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
        _show(operation["requestBody"]["content"], kept["body"])
    if kept.get("answer") is not None:
        _show(operation["responses"][str(kept["status"])]["content"], kept["answer"])


def show_problems(responses: Json) -> None:
    """Put the examples of problems into the document's responses, by their names."""
    for name, problem in PROBLEMS.items():
        status, _, code = name.partition(" ")
        described = responses[name_of(int(status))]["content"][CONTENT_TYPE]
        described.setdefault("examples", {})[code] = {"value": problem}


def _show(content: Json, example: Any) -> None:
    """The example goes to the first way in which a body or an answer is written."""
    next(iter(content.values()))["examples"] = {"run": {"summary": "实例 from a run", "value": example}}
