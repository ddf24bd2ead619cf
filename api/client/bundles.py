"""Bundles 一并申请: acts applied for in one case, put in the order in which they are entered, all or none.

An act without a `right` is given the one that the acts before it create: the buyer's mortgage, for example, is set on a
right that does not exist yet. The rules, not the bundle, say which institutions must sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dengbu.api.client.errors import DengbuError
from dengbu.ledger.rules.rights import right_id


@dataclass(frozen=True)
class Bundle:
    """A bundle: its acts in their order, and its names in Chinese and English."""

    acts: tuple[str, ...]
    zh: str
    en: str


BUNDLES: Mapping[str, Bundle] = {
    "sale-and-mortgage": Bundle(
        ("transfer", "mortgage.set"), "转移+抵押", "transfer and the buyer's mortgage"
    ),
    "sale-paying-off": Bundle(
        ("transfer", "mortgage.set", "mortgage.discharge"),
        "带押过户(组合模式)",
        "sale of a mortgaged unit: the old mortgage is discharged at once",
    ),
    "sale-in-steps": Bundle(
        ("transfer", "mortgage.set"),
        "带押过户(分段模式)",
        "sale of a mortgaged unit: the old mortgage stays first until it is paid, and is discharged by itself",
    ),
    "sale-taking-over": Bundle(
        ("transfer", "mortgage.alter"),
        "带押过户(变更模式)",
        "sale of a mortgaged unit: the buyer takes the debt over, the mortgage is altered",
    ),
    "first-and-conversion": Bundle(
        ("unit.first", "mortgage.convert"),
        "首次登记+在建建筑物抵押转现",
        "first registration of a building that carries its construction mortgage",
    ),
    "presale-kept": Bundle(
        ("unit.first", "transfer", "notice.convert"),
        "首次登记+预告转本登记",
        "first registration of a presold unit and its transfer to the buyer",
    ),
    "presale-kept-with-mortgage": Bundle(
        ("unit.first", "transfer", "notice.convert", "mortgage.set", "notice.convert"),
        "首次登记+预告转本登记+预抵押转现",
        "the same, with the buyer's mortgage that was noted",
    ),
    "inheritance-and-sale": Bundle(("transfer", "transfer"), "继承+买卖", "an heir is registered and sells"),
    "sale-and-utilities": Bundle(
        ("transfer", "utilities.announce"),
        "转移+水电气联动过户",
        "transfer, and the utility companies are told",
    ),
}


class NotThisBundle(DengbuError, ValueError):
    """Raised if the acts are not those of the bundle; nothing was sent."""


def arranged(name: str, acts: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the acts in the bundle's order, with missing rights filled in; acts of one kind keep the order given.

    Raises NotThisBundle for an unknown name, a missing or surplus act, or a right that no earlier act creates.
    """
    bundle = BUNDLES.get(name)
    if bundle is None:
        raise NotThisBundle(f"没有此组合 no such bundle: {name}; {', '.join(BUNDLES)}")
    given = [str(act.get("act")) for act in acts]
    if sorted(given) != sorted(bundle.acts):
        raise NotThisBundle(
            f"{bundle.zh} {name}: 应为 needs {', '.join(bundle.acts)}; 现为 given {', '.join(given)}"
        )
    waiting = list(acts)
    ordered = []
    for tag in bundle.acts:
        act = next(one for one in waiting if one["act"] == tag)
        waiting.remove(act)
        ordered.append(act)
    return tuple(named(ordered))


def named(acts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return acts with the rights filled in that earlier acts create. Raises NotThisBundle if none creates one."""
    # loads the rules of every act, which no other call of the client needs
    from dengbu.ledger.catalogue import ACTS

    coming: dict[str, int] = {}  # unit -> ordinal of the ownership right it has after the acts so far
    found: list[dict[str, Any]] = []
    for place, act in enumerate(acts, 1):
        kind, unit, made = ACTS[str(act["act"])], str(act.get("unit")), dict(act)
        if "right" in kind.type.__struct_fields__ and "right" not in act:
            if unit not in coming:
                raise NotThisBundle(
                    f"第 {place} 项未写明权利 act {place} names no right, and no earlier act creates one"
                )
            made["right"] = right_id(unit, coming[unit])
        try:
            coming |= kind.begins({**made, "unit": unit})
        except ValueError as fault:
            raise NotThisBundle(str(fault)) from fault
        found.append(made)
    return found
