"""The examples of the API's document are a real run: each is sent to real nodes, and what they answer and hold is compared.

`python -m tests.api.shapes.test_examples` writes them anew, from a run of the story.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from dengbu.api.shapes import examples
from tests.api.described import closed, operations
from tests.api.shapes.story import Story, told, unheld
from tests.api.town import Town, town

Json = dict[str, Any]


def document_of(place: Town) -> Json:
    """The API's document as a node of the network serves it."""
    return dict(json.loads(place.apps["bank-a"].test_client().get("/openapi.json").data))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story, told on a network of its own, so that its numbers are those of the examples."""
    with town(tmp_path_factory.mktemp("story")) as place:
        yield told(Story(place, document_of(place)))
        place.described.settle()


def test_each_example_is_what_real_nodes_answer(story: Story) -> None:
    assert story.operations == examples.OPERATIONS
    assert story.problems == examples.PROBLEMS


def test_what_the_log_holds_is_what_the_examples_ask_for(story: Story) -> None:
    assert len(story.held) > 100
    assert list(unheld(story)) == []


def test_each_operation_answered_as_its_document_says(story: Story) -> None:
    done = {name for name, status, _ in story.town.described.seen if status < "300"}
    assert done == {one["operationId"] for _, _, one in operations(story.document)}


def test_every_operation_has_its_examples(story: Story) -> None:
    named = {one["operationId"] for _, _, one in operations(story.document)}
    assert named == examples.OPERATIONS.keys()


def test_the_examples_are_of_the_shapes_of_the_document(story: Story) -> None:
    document, seen = closed(story.document), 0
    for _, path, operation in operations(document):
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [response.get("content", {}) for response in operation["responses"].values()]
        contents += [response["content"] for response in document["components"]["responses"].values()]
        for content in contents:
            for kind, described in content.items():
                for example in _examples(described):
                    whole = {**described["schema"], "components": document["components"]}
                    fault = next(jsonschema_rs.Draft202012Validator(whole).iter_errors(example), None)
                    assert fault is None, (path, kind, fault)
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
        for one in item.get("parameters", ())
        if "example" not in one
    ]
    assert lacking == []


def write() -> None:
    """Write the examples anew."""
    with tempfile.TemporaryDirectory() as folder, town(Path(folder)) as place:
        found = told(Story(place, document_of(place)))
        kept = {"operations": found.operations, "problems": found.problems}
        examples.FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        place.described.settle()
        sys.stdout.write(f"{examples.FILE}\n")


if __name__ == "__main__":
    write()
