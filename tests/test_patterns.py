"""A pattern that checks a text matches the whole of it, in ASCII digits: `$`, `match` and `\\d` let more through.

Every pattern of the four packages is found in the source, so that a new one that is not whole fails here.
"""

import ast
import importlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from tests.test_tidy import PACKAGES, ROOT, SOURCES

# Patterns that find something inside a text and check none, each with the reason why it is safe.
FINDERS = {
    ("api/edge/encoding.py", "_SURROGATE"): "finds what may be nowhere in the text",
    ("api/edge/personal_numbers.py", "_PERSONAL"): "finds what may be nowhere in an id",
    ("ledger/log/note.py", "_CONTROL"): "finds what may be nowhere in the text",
    (
        "nodes/audit/startup.py",
        "_CLOSING",
    ): "reads the end of a leaf whose hash the tree holds; ends with \\Z",
    ("nodes/audit/startup.py", "_REGISTER"): "reads the beginning of such a leaf; begins with \\A",
    ("scripts/titles/encodings.py", "_WORD"): "finds a word, of which one anywhere decides",
    ("scripts/titles/faults.py", "_BIRTH"): "finds what is hidden wherever it stands",
    ("scripts/titles/title_file.py", "HIDDEN"): "finds what may be nowhere in the text",
}
PARTIAL = ("match", "search")
DIGIT_TESTS = ("isdigit", "isdecimal", "isnumeric", "isalnum")
ATTACHED = ("\n", "\r", "\r\n", "\u2028", "\x00")
SAMPLES = {  # a matching text for each pattern of the ledger's shapes
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z": "2026-11-22",
    r"^[a-z][a-z.-]{0,63}\Z": "mortgage.set",
    r"^[a-z0-9-]{1,64}\Z": "identity-papers",
    r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}\Z": "huizhou.example/2026",
    r"^[a-z0-9][a-z0-9-]{0,31}\Z": "bank-a",
    r"^(?=.{1,64}\Z)[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*\Z": "case.apply",
    r"^[A-Za-z0-9_.:-]{1,64}\Z": "counter-01",
    r"^[a-z][a-z0-9_-]{0,31}\Z": "parties",
    r"^[0-9a-f]{64}\Z": "0" * 64,
    r"^[A-Za-z0-9+/]{85}[AQgw]==\Z": "A" * 86 + "==",
    r"^[1-9][0-9]{0,8}/[1-9][0-9]{0,8}\Z": "1/2",
    r"^[0-9A-Za-z\u4e00-\u9fff()\[\]\u3014\u3015/._-]{1,32}\Z": "粤税0001",
    r"^[^\s\x00-\x1f\x7f](.{0,62}[^\s\x00-\x1f\x7f])?\Z": "(2026)粤13执1号",
    r"^K-[0-9]{1,16}\Z": "K-1",
    r"^[a-z][a-z0-9-]{0,31}\Z": "counter",
    r"^[0-9]{6}[0-9A-Z]{22}\Z": "441302001001GB00001F00010001",
    r"^R-[0-9A-Za-z-]{1,62}\Z": "R-441302001001GB00001F00010001-1",
    r"^M-[0-9A-Za-z-]{1,62}\Z": "M-441302-20261122-000001-1",
    r"^O-[0-9]{1,16}\Z": "O-1",
    r"^O-[0-9-]{1,62}\Z": "O-441302-20261122-000001-1",
    r"^N-[0-9-]{1,62}\Z": "N-441302-20261122-000001-1",
    r"^F-[0-9]{1,16}\Z": "F-1",
    r"^L-[0-9]{1,16}\Z": "L-1",
    r"^[0-9]{6}-[0-9]{8}-[0-9]{6,9}\Z": "441302-20261122-000001",
    r"^[0-9]{6}\Z": "441302",
    r"^[a-z][a-z-]{0,31}\Z": "dwelling",
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z": "tax-not-cleared",
    r"^(act|office|channel|district)(,(act|office|channel|district))*\Z": "act,office",
}


def partial_matches(tree: ast.AST, name: str) -> Iterable[str]:
    """Yield the places where only a part of a text is matched, or where a library matches in its own way."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        called, owner = node.func.attr, node.func.value
        if called in PARTIAL and (name, getattr(owner, "id", "")) not in FINDERS:
            yield f"line {node.lineno}: .{called}() stops before the end of the text; use fullmatch"
        if called == "Regexp":
            yield f"line {node.lineno}: marshmallow's Regexp matches a part; use dengbu.api.shapes.of_ledger"


def digits_of_any_script(tree: ast.AST) -> Iterable[str]:
    """Yield where digits of other scripts pass: `isdigit` without `isascii`, `\\d` and its like without re.ASCII."""
    guarded = [
        test
        for node in ast.walk(tree)
        if isinstance(node, ast.BoolOp) and any(_calls(each, ("isascii",)) for each in node.values)
        for each in node.values
        for test in _calls(each, DIGIT_TESTS)
    ]
    for test in _calls(tree, DIGIT_TESTS):
        if test not in guarded:
            yield f"line {test.lineno}: .{test.func.attr}() without isascii()"  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
            flags = [ast.unparse(each) for each in (*node.args[1:], *(one.value for one in node.keywords))]
            if _is_of_any_script(ast.unparse(node.args[0])) and not any("re.ASCII" in one for one in flags):
                yield f"line {node.lineno}: a class of all scripts; say re.ASCII or spell it out"


def _calls(tree: ast.AST, names: Iterable[str]) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
    ]


def _is_of_any_script(written: str) -> bool:
    """Return whether a text pattern's source has \\d, \\w, \\s or \\b outside a negated character class."""
    if written.startswith(("b", "rb")):
        return False
    rest = re.sub(r"\[\^[^\]]*\]", "", written.replace("\\\\", "\\"))
    return re.search(r"\\[dwsb]", rest) is not None


def is_whole(pattern: str) -> bool:
    """Return whether a search for the pattern can only match a whole text."""
    rest = re.sub(r"\[[^\]]*\]|\\.", lambda found: found[0] if found[0] == r"\Z" else "", pattern)
    while (cut := re.sub(r"\([^()]*\)", "", rest)) != rest:
        rest = cut
    ends = pattern.startswith("^") and pattern.endswith(r"\Z")
    return ends and "|" not in rest and "$" not in pattern and not _is_of_any_script(pattern)


def shapes() -> list[tuple[str, str]]:
    """Return the patterns of msgspec's shapes, each with its place in the source and its value at run time."""
    found = []
    for path in SOURCES:
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "pattern":
                module = importlib.import_module("dengbu." + name.removesuffix(".py").replace("/", "."))
                value = eval(ast.unparse(node.value), vars(module))  # noqa: S307  (our own source)
                found.append((f"{name}:{node.value.lineno}", value))
    return found


SHAPES = shapes()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_texts_are_matched_whole(path: Path) -> None:
    tree = ast.parse(path.read_text())
    faults = [*partial_matches(tree, str(path.relative_to(ROOT))), *digits_of_any_script(tree)]
    assert faults == []


def test_every_finder_is_still_there() -> None:
    found = {
        (str(path.relative_to(ROOT)), getattr(call.func.value, "id", ""))  # type: ignore[attr-defined]
        for path in SOURCES
        for call in _calls(ast.parse(path.read_text()), PARTIAL)
    }
    assert found == FINDERS.keys()


@pytest.mark.parametrize(
    "sample",
    [
        "re.match('a', text)",
        "_FORM.search(text)",
        "re.compile('^a$').match(text)",
        "validate.Regexp('^a$')",
        "x = text.isdigit()",
        "x = text.isascii() and other(text)\ny = text.isdecimal()",
        r"re.compile(r'\d+')",
        r"re.compile(r'[^\s]\w+')",
        r"re.compile(r'\d+', re.IGNORECASE)",
    ],
)
def test_a_sample_that_is_not_whole_is_caught(sample: str) -> None:
    tree = ast.parse(sample)
    assert [*partial_matches(tree, "sample.py"), *digits_of_any_script(tree)]


@pytest.mark.parametrize(
    "sample",
    ["_FORM.fullmatch(text)", "text.isascii() and text.isdigit()", r"re.compile(r'\d', re.ASCII)", r"re.compile(rb'\d')",
     r"re.compile(r'[^\s+]+')"],
)  # fmt: skip
def test_a_sample_that_is_whole_passes(sample: str) -> None:
    tree = ast.parse(sample)
    assert [*partial_matches(tree, "sample.py"), *digits_of_any_script(tree)] == []


def test_shapes_are_found_and_every_sample_is_of_one() -> None:
    assert {where.partition("/")[0] for where, _ in SHAPES} <= set(PACKAGES)
    assert {pattern for _, pattern in SHAPES} == SAMPLES.keys()


@pytest.mark.parametrize(("where", "pattern"), SHAPES, ids=[where for where, _ in SHAPES])
def test_shapes_match_whole_texts(where: str, pattern: str) -> None:
    assert is_whole(pattern), f"{where}: {pattern}"
    kind, sample = Annotated[str, msgspec.Meta(pattern=pattern)], SAMPLES[pattern]
    assert msgspec.convert(sample, kind) == sample
    for attached in ATTACHED:
        for text in (sample + attached, attached + sample):
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(text, kind)


def test_a_pattern_of_the_ledger_is_written_once() -> None:
    written = [value for where, value in SHAPES if where.startswith("ledger/")]
    assert [value for value in dict.fromkeys(written) if written.count(value) > 1] == []


def test_no_pattern_of_the_ledger_is_written_anew() -> None:
    """Above the ledger, a shape is imported from it; a second copy could come to differ."""
    kept = {
        value.removeprefix("^").removesuffix(r"\Z") for where, value in SHAPES if where.startswith("ledger/")
    }
    anew = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {one}"
        for path in SOURCES
        if not path.is_relative_to(ROOT / "ledger")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for one in kept
        if one in node.value
    ]
    assert anew == []


@pytest.mark.parametrize(
    "pattern", [r"^a$", r"a\Z", r"^a", r"^a|b\Z", r"^\d\Z", r"^a\Z|b", r"^a$\Z", r"^\w+\Z"]
)
def test_a_shape_that_is_not_whole_is_caught(pattern: str) -> None:
    assert not is_whole(pattern)
