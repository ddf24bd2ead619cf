"""The acts of a case, which are judged one after another and entered all or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dengbu.ledger.catalogue import ACTS, AnyAct
from dengbu.ledger.law.verdict import Reason
from dengbu.ledger.register.dated import row_in
from dengbu.ledger.register.records import Case
from dengbu.ledger.register.register import Overlay, Register
from dengbu.ledger.rules.act import ActKind, ActView, tag_of
from dengbu.ledger.rules.rule import LogPosition, refusals


@dataclass(frozen=True, slots=True)
class Walk:
    """The outcome of judging acts: every reason against them, the register as they would leave it, and their result."""

    reasons: tuple[Reason, ...]
    overlay: Overlay
    result: dict[str, list[Any]]


class _Acts(msgspec.Struct):
    acts: tuple[AnyAct, ...]  # as a field, because msgspec then inspects the type only once


def kind_of(act: AnyAct) -> ActKind[Any]:
    """The act's row in the catalogue."""
    return ACTS[tag_of(act)]


def kind_in(rule_set: int, act: AnyAct) -> ActKind[Any]:
    """The act's row as the rule set with this number has it."""
    return row_in(rule_set, kind_of(act))


def typed(acts: Sequence[Mapping[str, Any]]) -> tuple[AnyAct, ...]:
    """Return typed acts from the JSON values of an application."""
    return msgspec.convert({"acts": acts}, _Acts).acts


def acts_of(case: Case) -> tuple[AnyAct, ...]:
    """Return the typed acts of a case, from the values that it keeps."""
    return typed(case.acts)


def units_of(register: Register, acts: tuple[AnyAct, ...]) -> tuple[str, ...]:
    """The units of all acts, each once, in the order of the acts."""
    return tuple(dict.fromkeys(code for act in acts for code in kind_of(act).units(register, act)))


def disposed(register: Register, acts: tuple[AnyAct, ...], rule_set: int) -> tuple[str, ...]:
    """The units that the acts dispose of: those on which the order of acceptance counts (IR 67)."""
    return units_of(register, tuple(act for act in acts if kind_in(rule_set, act).disposes))


def reasons_against(
    register: Register, acts: tuple[AnyAct, ...], number: str, consents: tuple[str, ...], at: LogPosition
) -> tuple[Reason, ...]:
    """Return every reason against the acts, without computing the effects of the last one."""
    walked = walk(register, acts[:-1], number, consents, at, acts)
    last = ActView(
        register=walked.overlay,
        act=acts[-1],
        number=number,
        ordinal=len(acts),
        consents=consents,
        at=at,
        acts=acts,
    )
    return (*walked.reasons, *_refusals(last))


def _refusals(view: ActView[Any]) -> tuple[Reason, ...]:
    return refusals(kind_of(view.act).rules, view, view.at, {"act": view.ordinal})


def walk(
    register: Register,
    acts: tuple[AnyAct, ...],
    number: str,
    consents: tuple[str, ...],
    at: LogPosition,
    case: tuple[AnyAct, ...] = (),
) -> Walk:
    """Judge each act on the register that the acts before it leave.

    `consents` are the institutions that signed the application. `case` are all acts of the case, if `acts` are only
    some of them. A refused act changes nothing, and the acts after it are still judged, so that all reasons are given
    at once.
    """
    overlay = Overlay(register)
    reasons: list[Reason] = []
    result: dict[str, list[Any]] = {}
    for ordinal, act in enumerate(acts, 1):
        view = ActView(
            register=overlay,
            act=act,
            number=number,
            ordinal=ordinal,
            consents=consents,
            at=at,
            acts=case or acts,
        )
        found = _refusals(view)
        reasons.extend(found)
        if found:
            continue
        effects = kind_of(act).effects(view)
        overlay.apply(effects.records)
        for name, values in effects.result.items():
            shown = [{"act": ordinal, "number": one} for one in values] if name == "certificates" else values
            result.setdefault(name, []).extend(shown)
    return Walk(tuple(reasons), overlay, result)
