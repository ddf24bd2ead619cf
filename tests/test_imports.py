"""Every name is imported from the module that defines it, so that there is one place to look for it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("ledger", "nodes", "api", "scripts")
IMPORTING = sorted(
    path
    for folder in (*PACKAGES, "tests", "examples")
    for path in (ROOT / folder).rglob("*.py")
    if not path.name.endswith("_pb2.py")  # generated; it makes its names as it is loaded
)


def modules() -> dict[str, ast.Module]:
    """Return our modules by name, without the generated ones."""
    ours = [path for path in IMPORTING if path.relative_to(ROOT).parts[0] in PACKAGES]
    names = (".".join(("dengbu", *path.relative_to(ROOT).with_suffix("").parts)) for path in ours)
    return {
        name.removesuffix(".__init__"): ast.parse(path.read_text(encoding="utf-8"))
        for name, path in zip(names, ours, strict=True)
    }


def handed_on(tree: ast.Module, *, is_door: bool = False) -> set[str]:
    """Return the names that a module imports from another of ours and does not offer: by `__all__`, a door by `X as X`."""
    taken = {
        one.asname or one.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("dengbu.")
        for one in node.names
        if not (is_door and one.asname == one.name)
    }
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return taken.difference(*listed)


def elsewhere(tree: ast.AST, through: dict[str, set[str]]) -> Iterator[str]:
    """Yield the imports of a name through a module that does not define it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for one in node.names:
                if one.name in through.get(str(node.module), ()):
                    yield f"line {node.lineno}: {one.name} from {node.module}"


def lists(trees: dict[str, ast.Module]) -> list[str]:
    """Return the modules with a list of what they offer."""
    return [name for name, tree in trees.items() if "__all__" in ast.unparse(tree)]


MODULES = modules()
# The values that the API takes of a node, offered as `X as X`.
DOOR = "dengbu.nodes.answers"
THROUGH = {
    name: {one for one in handed_on(tree, is_door=name == DOOR) if f"{name}.{one}" not in MODULES}
    for name, tree in MODULES.items()
}


@pytest.mark.parametrize("path", IMPORTING, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_name_is_imported_from_where_it_is_defined(path: Path) -> None:
    assert list(elsewhere(ast.parse(path.read_text(encoding="utf-8")), THROUGH)) == []


def test_only_a_room_with_a_public_face_lists_what_it_offers() -> None:
    assert lists(MODULES) == ["dengbu.api.client", "dengbu.scripts.story"]


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("from dengbu.a import B, C as D\nfrom x import E\nF = 1", {"B", "D"}),
        ("from dengbu.a import B\n__all__ = ['B']", set()),
        ("from dengbu.a import B as B", {"B"}),
    ],
)
def test_names_that_are_handed_on_are_told_from_others(module: str, names: set[str]) -> None:
    assert handed_on(ast.parse(module)) == names


def test_a_door_offers_names_in_the_form_that_type_checkers_know() -> None:
    door = ast.parse("from dengbu.a import B as B, C")
    assert handed_on(door, is_door=True) == {"C"}


def test_an_import_through_another_module_is_caught() -> None:
    through = {"dengbu.a": {"B"}}
    assert list(elsewhere(ast.parse("def f():\n    from dengbu.a import B"), through)) == [
        "line 2: B from dengbu.a"
    ]
    assert list(elsewhere(ast.parse("from dengbu.a import C\nfrom dengbu.b import B"), through)) == []
