"""Client key files are written for their owner alone, and nothing else is accepted as one."""

import json
from pathlib import Path

import pytest

from dengbu.api.client import KeyFileError, load_key, new_key


def test_a_new_key_is_the_owners_alone_and_loads(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    made = new_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_key(path).key_id == made.key_id
    content = json.loads(path.read_text())
    assert (content["v"], content["kind"], content["kid"]) == (1, "dengbu-client-key", made.key_id)
    assert new_key(tmp_path / "b.key").key_id != made.key_id


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    new_key(path)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="exists already"):
        new_key(path)
    assert path.read_bytes() == before


def test_a_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    new_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_key(path)


def test_a_missing_file_and_a_missing_directory_are_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot read"):
        load_key(tmp_path / "none.key")
    with pytest.raises(KeyFileError, match="cannot write"):
        new_key(tmp_path / "none" / "a.key")


CHANGES = {
    "not json": lambda key: "{",
    "a list": lambda key: "[]",
    "another kind": lambda key: json.dumps({**key, "kind": "dengbu-keystore"}),
    "another version": lambda key: json.dumps({**key, "v": 2}),
    "a short seed": lambda key: json.dumps({**key, "seed": key["seed"][2:]}),
    "another seed": lambda key: json.dumps({**key, "seed": "00" * 32}),
    "another key id": lambda key: json.dumps({**key, "kid": "0" * 64}),
    "a seed that is no text": lambda key: json.dumps({**key, "seed": 7}),
    "a member more": lambda key: json.dumps({**key, "note": "x"}),
    "a member less": lambda key: json.dumps({name: key[name] for name in key if name != "public"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_key_file_is_refused_without_showing_its_seed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.key"
    new_key(path)
    key = json.loads(path.read_text())
    path.write_text(CHANGES[name](key))
    with pytest.raises(KeyFileError) as caught:
        load_key(path)
    assert key["seed"] not in str(caught.value)
