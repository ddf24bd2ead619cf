"""Records: their bytes are the canonical form and read back as the same value; nothing else is read."""

import types
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from dengbu.ledger.log.encoding import INT_MAX, canonical
from dengbu.ledger.register.members import KeyClass, Office, Role, Voter
from dengbu.ledger.register.record import Holder, Record
from dengbu.ledger.register.records import TABLES, decode, encode

SAME_EVERY_RUN = settings(derandomize=True, deadline=None, max_examples=25)
texts = st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=8)
keys = st.from_regex(r"\A[A-Za-z0-9_.-]{1,8}\Z")
integers = st.integers(-INT_MAX, INT_MAX)
holders = st.builds(
    Holder, ref=st.from_regex(r"\A[0-9a-f]{64}\Z"), share=st.sampled_from(["1/1", "1/3", "299/300"])
)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: integers,
    bool: st.booleans(),
    Role: st.sampled_from(Role),
    KeyClass: st.sampled_from(KeyClass),
    Holder: holders,
    Office: st.builds(Office, institution=texts, office=texts, district=texts),
    Voter: st.builds(Voter, institution=texts, key=texts, public=texts, weight=integers),
    dict[str, str]: st.dictionaries(keys, texts, max_size=3),
    dict[str, tuple[str, ...]]: st.dictionaries(keys, st.lists(texts, max_size=3).map(tuple), max_size=3),
    dict[str, int]: st.dictionaries(keys, integers, max_size=3),
    dict[str, Any]: st.dictionaries(keys, texts | integers | st.booleans() | st.none(), max_size=4),
}


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a field's type."""
    if annotation in BY_TYPE:
        return BY_TYPE[annotation]
    if get_origin(annotation) in (Union, types.UnionType):
        return st.one_of(
            *(st.none() if one is type(None) else values_of(one) for one in get_args(annotation))
        )
    assert get_origin(annotation) is tuple, annotation
    return st.lists(values_of(get_args(annotation)[0]), max_size=3).map(tuple)


def records(kind: type[Record]) -> st.SearchStrategy[Record]:
    """Return a strategy for records of one kind."""
    hints = get_type_hints(kind)
    return st.builds(
        kind, **{field.name: values_of(hints[field.name]) for field in msgspec.structs.fields(kind)}
    )


@pytest.mark.parametrize("table", TABLES)
@SAME_EVERY_RUN
@given(data=st.data())
def test_the_bytes_are_canonical_and_read_back(table: str, data: st.DataObject) -> None:
    record = data.draw(records(TABLES[table]))
    raw = encode(record)
    plain = msgspec.json.decode(raw)
    assert raw == rfc8785.dumps(plain)
    assert decode(table, raw) == record


def test_two_encoders_agree_on_every_character_below_the_surrogates() -> None:
    text = "".join(map(chr, range(0x20))) + '"\\/\x7f\u0080\u2028中😀'
    plain = {"a": text}
    assert msgspec.json.Encoder(order="sorted").encode(plain) == rfc8785.dumps(plain)
    assert canonical({"a": "中😀"}) == msgspec.json.encode({"a": "中😀"})


@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_another_table_or_with_more_fields_is_not_read(table: str) -> None:
    for raw in (b"{}", b'{"x":1}', b"[]", b""):
        with pytest.raises(msgspec.DecodeError):
            decode(table, raw)


@pytest.mark.parametrize(
    ("ref", "share"),
    [
        *((ref, "1/1") for ref in ("张三", "A" * 64, "0" * 63, "0" * 64 + "\n", "")),
        *(("0" * 64, share) for share in ("1", "0/1", "01/3", "1/3 ", "0.5", "-1/2", "1/0", "１/2", "")),
    ],
)
def test_a_holder_is_a_reference_and_a_fraction_never_a_name(ref: str, share: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"ref": ref, "share": share}, Holder)


def test_no_two_kinds_share_a_table() -> None:
    assert len(TABLES) == len(Record.__subclasses__())
