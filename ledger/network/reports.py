"""Reports of two votes of one key at one height, by the institutions whose nodes were shown the proof.

The proof itself is the engine's. Once more institutions have reported than may be faulty, at least one of them is
honest: the key is then proven to have voted twice, and the policy says whether it ends.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.network import voting
from dengbu.ledger.register.members import Key, KeyClass, VoteReport
from dengbu.ledger.register.record import Record
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.policies import faulty_max, policy_in_force
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View

SUSPEND = "suspend"


class Report(Data, frozen=True):
    """A report that a vote key has voted twice at one height."""

    key: Hex64
    height: Annotated[int, Meta(ge=1)]
    kind: Literal["double-sign"]


V = View[Report]


def _key(view: V) -> Key | None:
    return view.register.get(Key, view.data.key)


def _found(view: V) -> VoteReport:
    place = f"{view.data.key}:{view.data.height}"
    return view.register.get(VoteReport, place) or VoteReport(place, (), proven=False)


def _key_is_unknown(view: V) -> bool:
    return _key(view) is None


def _is_no_vote_key(view: V) -> bool:
    key = _key(view)
    return key is not None and key.cls != KeyClass.VOTE


def _key_has_ended(view: V) -> bool:
    key = _key(view)
    return key is not None and key.until is not None


def _reporter_does_not_vote(view: V) -> bool:
    return not voting.has_full_vote(voting.voters(view.register), view.event.actor.id)


def _is_repeated(view: V) -> bool:
    return view.event.actor.id in _found(view).reporters


def _report(view: V) -> Effects:
    key, before = _key(view), _found(view)
    assert key is not None
    among = voting.voters(view.register)
    reporters = tuple(sorted((*before.reporters, view.event.actor.id)))
    proven = len(reporters) > faulty_max(len(among))
    rest = voting.without_vote(among, key.institution)
    ends = proven and policy_in_force(view.register).double_sign == SUSPEND and not voting.holds_a_third(rest)
    records: list[Record] = [VoteReport(before.id, reporters, proven)]
    if ends:
        records += [
            msgspec.structs.replace(key, until=view.at.index + 1),
            *voting.change(view.register, rest),
        ]
    result = {"key": key.id, "reporters": len(reporters), "proven": proven, "ended": ends}
    return Effects("recorded", tuple(records), result)


REPORT_RULES: tuple[Rule[V], ...] = (
    Rule(Code.KEY_UNKNOWN, (law.NET_4,), _key_is_unknown),
    Rule(Code.NOT_A_VOTE_KEY, (law.NET_6,), _is_no_vote_key),
    Rule(Code.KEY_ENDED, (law.NET_4,), _key_has_ended),
    Rule(Code.NOT_A_VOTER, (law.NET_6,), _reporter_does_not_vote),
    Rule(Code.REPORT_REPEATED, (law.NET_6,), _is_repeated),
)

KINDS = (
    EventKind(
        type="vote.report",
        title=Title("重复表决报告", "report of a double vote"),
        senders=roles.ANY,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=Report,
        rules=REPORT_RULES,
        effects=_report,
    ),
)
