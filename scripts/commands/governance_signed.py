"""Proposals in files: what they say, who has signed them, and whether they are enough."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from dengbu.api.client import Institution, Policy
from dengbu.scripts.session import read_bytes

GOVERNANCE = "governance"


@dataclass(frozen=True)
class Proposal:
    """A governance event in a file, unsigned or signed by some; `keys` are the ids of the keys that signed it."""

    file: str
    type: str
    data: dict[str, Any]
    actor: str | None = None
    id: str | None = None
    not_after: int | None = None
    keys: tuple[str, ...] = ()

    def facts(self, members: Sequence[Institution], policy: Policy) -> dict[str, Any]:
        """Return what the proposal changes, who of the active institutions signed it, and how many are missing."""
        signed, unknown = self._signers(members)
        active = [one.id for one in members if one.status == "active"]
        return {
            "file": self.file,
            "type": self.type,
            "title": _title(self.type),
            "actor": self.actor,
            "id": self.id,
            "data": self.data,
            "shown": self._shown(policy),
            "signed": signed,
            "unsigned": [one for one in active if one not in signed],
            "unknown": unknown,
            "needed": policy.governance_quorum,
            "active": policy.active,
            "missing": max(0, policy.governance_quorum - len(signed)),
            "expires": self.not_after,
        }

    def check_signed(self, members: Sequence[Institution], policy: Policy) -> None:
        """Raise ClickException if nobody has signed the proposal, or too few have: nothing is sent."""
        signed, _ = self._signers(members)
        if len(signed) < policy.governance_quorum:
            raise click.ClickException(
                f"签名不足，未提交 too few signatures, so it is not submitted: {len(signed)} of {policy.governance_quorum}"
                f" ({', '.join(signed) or '无 nobody'})"
            )

    def _signers(self, members: Sequence[Institution]) -> tuple[list[str], list[str]]:
        """Return the active institutions whose governance keys signed, and the ids of keys that do not count."""
        holders = {
            key["id"]: one.id
            for one in members
            if one.status == "active"
            for key in one.keys
            if key["cls"] == GOVERNANCE and key.get("until") is None
        }
        signed = sorted({holders[key] for key in self.keys if key in holders})
        return signed, [key for key in self.keys if key not in holders]

    def _shown(self, policy: Policy) -> list[tuple[str, Any]]:
        """Return the data as lines; of a policy only what it changes, as `before → after`."""
        proposed = self.data.get("policy")
        if not isinstance(proposed, dict):
            return [(name, _brief(value)) for name, value in self.data.items()]
        from dengbu.api.client.kinds import whole_policy

        after, before = whole_policy(proposed), policy.fields
        return [
            (f"policy.{name}", f"{_brief(before.get(name))} → {_brief(value)}")
            for name, value in after.items()
            if value != before.get(name)
        ]


def read_proposal(file: str | Path, raw: bytes) -> Proposal:
    """Return the proposal in a file. Raises ClickException if it holds none."""
    try:
        value = json.loads(raw)
        body = value.get("body", value)
        keys = tuple(str(one["key"]) for one in value.get("sigs", ()))
        found = Proposal(
            file=str(file),
            type=str(body["type"]),
            data=dict(body["data"]),
            actor=body.get("actor"),
            id=body.get("id"),
            not_after=body.get("not_after"),
            keys=keys,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.ClickException(f"不是提案 {file} is not a proposal") from error
    return found


def read_proposals(folder: str) -> list[Proposal]:
    """Return the proposals in a folder's JSON files, in the order of their names; other files are passed over.

    Raises ClickException if the folder cannot be read.
    """
    try:
        paths = sorted(path for path in Path(folder).iterdir() if path.suffix == ".json")
    except OSError as error:
        raise click.ClickException(f"无法读取 cannot read {folder}: {error.strerror}") from error
    found = []
    for path in paths:
        try:
            found.append(read_proposal(path, read_bytes(str(path))))
        except click.ClickException:
            continue
    return [one for one in found if _governed(one.type)]


def _governed(type_: str) -> bool:
    from dengbu.api.client.kinds import form, types  # loads the rules

    return type_ in types() and form(type_).governed


def _title(type_: str) -> str:
    from dengbu.api.client.kinds import form, types  # loads the rules

    return f"{form(type_).zh} {form(type_).en}" if type_ in types() else ""


def _brief(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
