"""A holder reference: stable within a unit, unlinkable across units, and unambiguous in what it covers."""

import pytest

from dengbu.nodes.private.holders import holder_ref

KEY = bytes(range(32))


def test_it_is_stable_and_hides_the_number() -> None:
    ref = holder_ref(KEY, "u1", "1", "441302190001010017")
    assert ref == holder_ref(KEY, "u1", "1", " 441302190001010017 ")
    assert len(bytes.fromhex(ref)) == 32


@pytest.mark.parametrize("kind", ["01", "身份证", "居民身份证", "１"])
@pytest.mark.parametrize(
    "number", ["44130219000101001 7", "441302-19000101-0017", "4413021900010100\u200b17"]
)
def test_one_person_is_one_reference_however_the_document_is_written(kind: str, number: str) -> None:
    assert holder_ref(KEY, "u1", kind, number) == holder_ref(KEY, "u1", "1", "441302190001010017")


@pytest.mark.parametrize("other", [("u2", "1", "A1"), ("u1", "7", "A1"), ("u1", "1", "A2")])
def test_another_unit_kind_or_number_is_another_reference(other: tuple[str, str, str]) -> None:
    assert holder_ref(KEY, "u1", "1", "A1") != holder_ref(KEY, *other)


def test_another_key_is_another_reference() -> None:
    assert holder_ref(KEY, "u1", "1", "A1") != holder_ref(bytes(32), "u1", "1", "A1")


@pytest.mark.parametrize(
    "parts", [("", "1", "A"), ("u", "", "A"), ("u", "1", " "), ("u\n1", "A", "B"), ("u", "1", "A\nB")]
)
def test_what_would_make_the_framing_ambiguous_is_refused(parts: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="one non-empty line"):
        holder_ref(KEY, *parts)
