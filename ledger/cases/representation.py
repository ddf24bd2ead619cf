"""Representation 代理与监护: acting for a party by power of attorney or as guardian (Civil Code 161-173; IR 11-12).

The power is a private part of the application; the log holds its commitment, its scope and its last day. It must be
valid at the time of application, and its later end does not undo the application. Only a person can judge whether the
paper is genuine.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate, as_date, legal_date
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64, Private, PrivateName
from dengbu.ledger.rules.rule import Rule, View

AGENTS_MAX = 64
SCOPE_MAX = 32
WRITTEN, PERSON = "written", "person"
ActTag = Annotated[str, Meta(pattern=r"^[a-z][a-z.-]{0,63}\Z")]


class Attorney(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="power"):
    """An agent by a power of attorney: for `party`, for the acts in `scope`, until its last day.

    `agent` and `party` are references like those of holders; `paper` names the private part that holds the power.
    `dual` is true if the party allows the agent to deal with himself or to act for both sides.
    """

    party: Hex64
    agent: Hex64
    principal: Literal["person", "enterprise"]
    form: Literal["notarised", "on-site", "written"]
    scope: Annotated[tuple[ActTag, ...], Meta(min_length=1, max_length=SCOPE_MAX)]
    until: IsoDate
    paper: PrivateName
    dual: bool = False


class Guardian(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="guardianship"):
    """A guardian of `party`; `pledged` if he has pledged in writing that the disposition is for the ward's good."""

    party: Hex64
    agent: Hex64
    paper: PrivateName
    pledged: bool = False


Agents = Annotated[tuple[Attorney | Guardian, ...], Meta(max_length=AGENTS_MAX)]
V = View[Any]


def _acts(view: V) -> list[Mapping[str, Any]]:
    return list(view.event.envelope.body.data["acts"])


def _sides(act: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Iterate over every string in an act, with whether it is in a field of those who give something up."""
    return _strings(act, ACTS[act["act"]].giving, giving=False)


def _strings(value: Any, fields: tuple[str, ...], *, giving: bool) -> Iterator[tuple[str, bool]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _strings(each, fields, giving=giving or name in fields)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each, fields, giving=giving)
    elif isinstance(value, str):
        yield value, giving


def _names(act: Mapping[str, Any], ref: str) -> bool:
    return any(text == ref for text, _ in _sides(act))


def stands(act: Mapping[str, Any], ref: str, *, giving: bool) -> bool:
    """Whether an act names a person among those who give something up, or else anywhere else."""
    return (ref, giving) in _sides(act)


def _powers(view: V) -> list[Attorney]:
    return [one for one in view.data.agents if isinstance(one, Attorney)]


def party_is_no_party(view: V) -> bool:
    """A represented person is not named by any act of the case, or is represented twice."""
    parties = [one.party for one in view.data.agents]
    repeated = any(one in parties[:place] for place, one in enumerate(parties))
    return repeated or any(not any(_names(act, one) for act in _acts(view)) for one in parties)


def paper_is_missing(view: V) -> bool:
    """The power, or the proof of guardianship, is not among the private parts of the application."""
    parts = [part.name for part in view.event.envelope.body.private]
    return any(one.paper not in parts for one in view.data.agents)


def power_has_ended(view: V) -> bool:
    """The last day of a power has passed, or is not a calendar day."""
    days = [as_date(one.until) for one in _powers(view)]
    return any(day is None or day < legal_date(view.at.time) for day in days)


def power_does_not_cover(view: V) -> bool:
    """An act names the party, but the power does not cover acts of that kind."""
    acts = _acts(view)
    return any(
        act["act"] not in power.scope and _names(act, power.party) for power in _powers(view) for act in acts
    )


def power_lacks_its_form(view: V) -> bool:
    """A person gives something up by a power that is neither notarised nor signed at the registry."""
    loose = [one for one in _powers(view) if (one.form, one.principal) == (WRITTEN, PERSON)]
    return any(stands(act, one.party, giving=True) for one in loose for act in _acts(view))


def agent_stands_on_both_sides(view: V) -> bool:
    """An agent stands on the other side of an act, for himself or another party, without the party's permission."""
    powers = _powers(view)
    bound = [one for one in powers if not one.dual]
    return any(_is_dual(act, one, powers) for one in bound for act in _acts(view))


def _is_dual(act: Mapping[str, Any], power: Attorney, powers: list[Attorney]) -> bool:
    others = [power.agent, *(one.party for one in powers if one.agent == power.agent)]
    across = [one for one in others if one != power.party]
    return any(
        stands(act, power.party, giving=side) and stands(act, one, giving=not side)
        for one in across
        for side in (True, False)
    )


def pledge_is_missing(view: V) -> bool:
    """A ward gives something up, and the guardian has not pledged that it is for the ward's good."""
    guardians = [one for one in view.data.agents if isinstance(one, Guardian) and not one.pledged]
    return any(stands(act, one.party, giving=True) for one in guardians for act in _acts(view))


RULES: tuple[Rule[V], ...] = (
    Rule(Code.AGENCY_PARTY, (law.CC_161, law.REG_14), party_is_no_party),
    Rule(Code.AGENCY_PAPER, (law.CC_165, law.IR_12), paper_is_missing),
    Rule(Code.AGENCY_EXPIRED, (law.CC_173,), power_has_ended),
    Rule(Code.AGENCY_SCOPE, (law.CC_171, law.CC_165), power_does_not_cover),
    Rule(Code.AGENCY_FORM, (law.IR_12,), power_lacks_its_form),
    Rule(Code.AGENCY_DUAL, (law.CC_168,), agent_stands_on_both_sides),
    Rule(Code.PLEDGE_MISSING, (law.CC_35, law.IR_11), pledge_is_missing),
)


def recorded(agents: Agents, private: tuple[Private, ...]) -> tuple[dict[str, Any], ...]:
    """Return the agents in the form that a case keeps, with each paper replaced by its commitment."""
    commitments = {part.name: part.commitment for part in private}
    return tuple({**msgspec.to_builtins(one), "paper": commitments[one.paper]} for one in agents)
