"""The examples of the API's document are a real run: each is sent to real nodes, and what they answer and hold is compared.

`python -m tests.api.shapes.test_examples` writes them anew, from a run of the story.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from dengbu.api.shapes import examples
from dengbu.api.shapes.headers import ANSWERED
from dengbu.api.shapes.problems import OF_ANY
from tests.api.described import closed, operations, resolved
from tests.api.shapes.story import Story, told, unheld
from tests.api.shapes.tour import toured
from tests.api.town import Town, town

Json = dict[str, Any]


def document_of(place: Town) -> Json:
    """The API's document as a node of the network serves it."""
    return dict(json.loads(place.apps["bank-a"].test_client().get("/openapi.json").data))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story, told on a network of its own, so that its numbers are those of the examples."""
    with town(tmp_path_factory.mktemp("story")) as place:
        yield toured(told(Story(place, document_of(place))))
        place.described.settle()


def test_each_example_is_what_real_nodes_answer(story: Story) -> None:
    assert story.operations == examples.OPERATIONS
    assert story.problems == examples.PROBLEMS


def test_what_the_log_holds_is_what_the_examples_ask_for(story: Story) -> None:
    assert len(story.held) > 100
    assert list(unheld(story)) == []


# Answers that the document names and no test gets: (operation, status), with the reason.
NEVER_GOT = {
    (
        "read_checkpoint",
        "404",
    ): "only a node that has nothing final yet answers so, and those of the story are founded",
    (
        "read_certificate",
        "403",
    ): "it is for the roles of all nodes of the story; tests/api/edge/test_access.py has the others",
}


def test_every_answer_that_the_document_names_was_got_and_no_other(story: Story) -> None:
    got = story.town.described.seen
    named = {
        (one["operationId"], status, kind)
        for _, _, one in operations(story.document)
        for status, answer in one["responses"].items()
        if status != "default"
        for kind in resolved(story.document, answer).get("content", {"": {}})
    }
    assert {(name, status) for name, status, _ in named - got} == NEVER_GOT.keys()
    assert {status for _, status, _ in got - named} <= set(map(str, OF_ANY))


def test_whatever_any_request_may_meet_was_got(story: Story) -> None:
    assert {int(status) for _, status, _ in story.town.described.seen} >= set(OF_ANY) - {405}
    assert {f"{status}" for status in OF_ANY} <= {name.partition(" ")[0] for name in story.problems}


def test_every_header_that_the_document_names_was_got(story: Story) -> None:
    assert story.town.described.headers == ANSWERED.keys()


def test_every_operation_has_its_examples(story: Story) -> None:
    named = {one["operationId"] for _, _, one in operations(story.document)}
    assert named == examples.OPERATIONS.keys()


def described_contents(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Every way in which a body or an answer is written: where, its kind, and its description."""
    for _, path, operation in operations(document):
        for kind, one in operation.get("requestBody", {}).get("content", {}).items():
            yield f"body of {path}", kind, one
        for status, response in operation["responses"].items():
            for kind, one in resolved(document, response).get("content", {}).items():
                yield f"{operation['operationId']} {status}", kind, one


def test_every_request_and_every_answer_has_an_example_of_its_shape(story: Story) -> None:
    document, seen = closed(story.document), 0
    for where, kind, described in described_contents(document):
        shown = list(_examples(described))
        assert shown, (where, kind)
        whole = {**described["schema"], "components": document["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole)
        for example in shown:
            fault = next(validator.iter_errors(example), None)
            assert fault is None, (where, kind, fault)
            seen += 1
    assert seen > len(examples.OPERATIONS)


def _examples(described: Json) -> Iterator[Any]:
    if "example" in described:
        yield described["example"]
    yield from (one["value"] for one in described.get("examples", {}).values())


def test_every_parameter_has_its_example(story: Story) -> None:
    lacking = [
        (path, one["name"])
        for path, item in story.document["paths"].items()
        for each in (item, *(item[method] for method in ("get", "post") if method in item))
        for one in (resolved(story.document, found) for found in each.get("parameters", ()))
        if "example" not in one
    ]
    assert lacking == []


def test_every_header_has_a_form_and_an_example_of_it(story: Story) -> None:
    for name, one in story.document["components"]["headers"].items():
        assert re.search(one["schema"]["pattern"], one["example"]), name


def write() -> None:
    """Write the examples anew."""
    with tempfile.TemporaryDirectory() as folder, town(Path(folder)) as place:
        found = toured(told(Story(place, document_of(place))))
        kept = {"operations": found.operations, "problems": found.problems}
        examples.FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        place.described.settle()
        sys.stdout.write(f"{examples.FILE}\n")


if __name__ == "__main__":
    write()
