"""The backing an act needs before the automatic desk enters it: the persons in `parties`, and the price or amount.

Every act has one row. Only the registry can tell who is behind a reference, and only a person can recognise a genuine
paper. So an act rests either on all who lose by it, each named, or on a paper that a person sees. Acts that mortgagees
alone apply for (Civil Code 393, 407) rest on their signatures, which every node verifies.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dengbu.ledger.acts import easement_discharge, habitation_discharge
from dengbu.ledger.acts.habitation_set import CONTRACT
from dengbu.ledger.acts.notice_set import OF_BANKS, PRESALE
from dengbu.ledger.acts.transfer import WITHOUT_THE_HOLDER
from dengbu.ledger.acts.unit_deregister import WAIVER
from dengbu.ledger.cases.bundle import kind_of
from dengbu.ledger.cases.catalogue import AnyAct
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.usufructs import EXPIRED
from dengbu.nodes.private import asked as whom
from dengbu.nodes.private.asked import Asked, Held, Refs, by, nobody, refs_of
from dengbu.nodes.private.payload_shapes import Agreement, Price, Terms

PAID_FOR = ("sale", "exchange", "contribution")  # causes of a transfer for which a price is agreed


@dataclass(frozen=True)
class Told:
    """A part that the application must have, and its shape."""

    part: str
    shape: type[msgspec.Struct]


TERMS, PRICE, AGREEMENT = Told("terms", Terms), Told("contract", Price), Told("contract", Agreement)


@dataclass(frozen=True)
class Backing:
    """The backing of one kind of act.

    asks: the persons. tells: the typed part. paper: whether the act rests on a paper that only a person can judge.
    gives: the holders of units after the act.
    """

    asks: Callable[[Held, Any], Iterable[Asked]]
    tells: Callable[[Any], Told | None] = lambda _: None
    paper: Callable[[Any], bool] = lambda _: False
    gives: Callable[[Held, Any], Mapping[str, Refs]] = lambda held, act: {}


def _terms(act: Any) -> Told:
    return TERMS


def _owners(held: Held, act: Any) -> Mapping[str, Refs]:
    return {} if act.owners is None else {act.unit: refs_of(act.owners.holders)}


def _holders(held: Held, act: Any) -> Mapping[str, Refs]:
    return {act.unit: refs_of(act.holders)}


BACKING: Mapping[str, Backing] = {
    "unit.first": Backing(whom.first_holders, gives=_holders),
    "unit.alter": Backing(
        whom.altered,
        paper=lambda act: bool(act.renamed),  # shows that the renamed holder is the same person
        gives=lambda held, act: {act.unit: whom.renamed(held, act)},
    ),
    "unit.split": Backing(
        whom.split, gives=lambda held, act: {one.unit: refs_of(one.holders) for one in act.parts}
    ),
    "unit.merge": Backing(whom.merged, gives=lambda held, act: {act.into: refs_of(act.holders)}),
    "unit.deregister": Backing(whom.waiving, paper=lambda act: act.cause != WAIVER),
    "transfer": Backing(
        whom.both_sides,
        tells=lambda act: PRICE if act.cause in PAID_FOR else None,
        paper=lambda act: act.cause in WITHOUT_THE_HOLDER,
        gives=_holders,
    ),
    "transfer.order": Backing(whom.both_sides, gives=_holders),  # rests on the order, which the court signed
    "correction": Backing(
        whom.corrected, paper=lambda act: act.shown or act.fault is not None, gives=_owners
    ),
    "certificate.replace": Backing(by("holders")),
    "objection.note": Backing(nobody, paper=lambda act: True),  # the proof against the holder
    "objection.close": Backing(whom.objector, paper=lambda act: act.judgment is not None),
    "notice.set": Backing(
        whom.promising,
        tells=lambda act: TERMS if act.kind in OF_BANKS else PRICE,
        paper=lambda act: act.kind == PRESALE,  # the register does not show the developer
    ),
    # Earlier acts of the case enter what a conversion closes, and ask for the persons.
    "notice.convert": Backing(nobody),
    "notice.cancel": Backing(whom.promised),
    "habitation.set": Backing(
        whom.habitation,
        tells=lambda act: AGREEMENT if act.ground == CONTRACT else None,
        paper=lambda act: act.ground != CONTRACT,
    ),
    "habitation.discharge": Backing(
        whom.habitants, paper=lambda act: act.ground not in (*habitation_discharge.GIVEN_UP, EXPIRED)
    ),
    "easement.set": Backing(whom.easement, tells=lambda act: AGREEMENT),
    "easement.discharge": Backing(
        whom.served, paper=lambda act: act.ground not in (*easement_discharge.GIVEN_UP, EXPIRED)
    ),
    "mortgage.set": Backing(by("mortgagors"), _terms),
    "mortgage.set-joint": Backing(whom.pieces, _terms),
    "mortgage.set-construction": Backing(by("mortgagors"), _terms),
    "mortgage.convert": Backing(whom.building),
    "mortgage.alter": Backing(whom.claim, _terms),
    "mortgage.rank": Backing(whom.row),
    "mortgage.fix": Backing(whom.claim, _terms),
    "mortgage.transfer": Backing(nobody),
    "mortgage.discharge": Backing(nobody),
    "mortgage.discharge-joint": Backing(nobody),
    "utilities.announce": Backing(nobody),
}
NO_ROW = Backing(nobody, paper=lambda act: True)


def backing_of(act: AnyAct) -> Backing:
    """Return the row of an act; an act without one rests on a paper."""
    return BACKING.get(kind_of(act).tag, NO_ROW)


def asked(register: Register, acts: Sequence[AnyAct]) -> list[Asked]:
    """Return the persons that the acts of a case ask for, each given the holders after the acts before it."""
    held = Held(register)
    found: list[Asked] = []
    for act in acts:
        row = backing_of(act)
        found.extend(row.asks(held, act))
        held.gain(row.gives(held, act))
    return found
