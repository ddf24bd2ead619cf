"""What each role may see: the one place that turns register records into answers.

The registry sees everything. A tax bureau sees deals and the units in them. A bank may ask for the yes/no flags of any
unit, and sees the structure of a unit where it is mortgagee or party to an undecided case; of other banks' mortgages it
sees only rank and status. A court sees the units it has seized, and the flags of all others. Of an entry that is not its
own business, an institution is told only that it touched what the institution has registered, and by which acts
(`ledger/advisory/concerns.py`). What an institution may not see is `None` here and the same 404 outside, whether it exists
or not (Civil Code 218, Provisional Regulation 26-28; PIPL 6, 34).
"""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from dengbu.api.views import burdens, results
from dengbu.api.views.concerns import Told, tell_nobody
from dengbu.ledger.cases.judging import acts_of, kind_of
from dengbu.ledger.cases.subject import case_number, units_about
from dengbu.ledger.catalogue import AnyAct
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.members import Institution, Role
from dengbu.ledger.register.records import Case, Deal, Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules import seizure_queue
from dengbu.ledger.transition import EVENTS

Json = dict[str, Any]

_FLAG_ROLES = (Role.BANK, Role.COURT, Role.NOTARY)


def plain(record: Any) -> Json:
    """Return a record, or another data class, as JSON values, members with default values included."""
    names = getattr(record, "__struct_fields__", None) or [field.name for field in dataclasses.fields(record)]
    return {name: msgspec.to_builtins(getattr(record, name)) for name in names}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a register: this node's institution and role; an auditor may read every entry of the log."""

    institution: str
    role: str
    register: Register
    time: int  # the instant shown, ms UTC: it decides what has lapsed
    is_auditor: bool = False
    concerns: Callable[[Entry, tuple[str, ...]], Told] = tell_nobody

    @property
    def sees_all(self) -> bool:
        """Whether nothing is hidden from this institution."""
        return self.role == Role.REGISTRY

    # ---- cases ----------------------------------------------------------------------------------------------------

    def is_party(self, case: Case) -> bool:
        """Return whether the institution signed for the case, or is a party to one of its acts."""
        if self.institution == case.actor or self.institution in case.consents:
            return True
        return any(self._is_own(act) for act in acts_of(case))

    def _is_own(self, act: AnyAct) -> bool:
        return self.institution in kind_of(act).concerns(self.register, act)

    def may_see_case(self, case: Case) -> bool:
        """Return whether the institution may see the case at all."""
        if self.sees_all or self.is_party(case):
            return True
        if self.role == Role.TAX:
            return case.deal
        return self.role == Role.COURT and any(self._has_seized(code) for code in case.units)

    def case(self, case: Case) -> Json | None:
        """Return a case as this institution may see it; acts that are not its business show only their name and unit.

        None if it may not see the case at all.
        """
        if not self.may_see_case(case):
            return None
        shown = plain(case)
        if not (self.sees_all or case.actor == self.institution):
            shown["acts"] = [self._act(*each) for each in zip(shown["acts"], acts_of(case), strict=True)]
            shown["agents"] = []
            shown["consents"] = [name for name in shown["consents"] if name == self.institution]
        deal = self.register.get(Deal, case.number) if case.deal else None
        shown["deal_state"] = deal.state if deal else None
        shown["receipts"] = [
            results.receipt_url(index) for index in (case.applied, case.decided) if index is not None
        ]
        return shown

    def _act(self, shown: Json, act: AnyAct) -> Json:
        if self._is_own(act) or (self.role in (Role.TAX, Role.COURT) and not kind_of(act).discreet):
            return shown
        return {name: shown[name] for name in ("act", "unit") if name in shown}

    # ---- deals ----------------------------------------------------------------------------------------------------

    def deal(self, deal: Deal) -> Json | None:
        """Return a deal for the registry and tax bureaus, else None."""
        return plain(deal) if self.role in (Role.REGISTRY, Role.TAX) else None

    # ---- units ----------------------------------------------------------------------------------------------------

    def unit(self, code: str) -> Json | None:
        """Return a unit as this institution may see it: its structure, its flags, or None."""
        unit = self.register.get(Unit, code)
        return self.unit_as(code, entitled=unit is not None and self.may_see_structure(unit))

    def unit_as(self, code: str, *, entitled: bool) -> Json | None:
        """Return a unit as `unit` does, if the caller knows whether the institution is entitled to its structure."""
        unit = self.register.get(Unit, code)
        if unit is not None and entitled:
            return {"code": code, "flags": self._flags(unit), **self._structure(unit)}
        if self.role in _FLAG_ROLES:
            return {"code": code, "flags": self._flags(unit)}
        return None

    def may_see_structure(self, unit: Unit) -> bool:
        """Return whether the institution may see more of the unit than flags."""
        if self.sees_all:
            return True
        if self.role == Role.TAX:
            return any(case.deal for case in self._open_cases(unit)) or self._had_deal(unit)
        if self.role == Role.COURT:
            return self._has_seized(unit.code)
        if self.role != Role.BANK:
            return False
        return any(one.mortgagee == self.institution for one in self._mortgages(unit)) or any(
            self.is_party(case) for case in self._open_cases(unit)
        )

    def _had_deal(self, unit: Unit) -> bool:
        """Return whether the current right came from a deal: until the next one, the unit is the tax bureau's business."""
        right = self.register.get(Right, unit.right) if unit.right else None
        case = self.register.get(Case, right.cause) if right and right.cause else None
        return case is not None and case.deal

    def _open_cases(self, unit: Unit) -> Iterable[Case]:
        return [case for number in unit.open_cases if (case := self.register.get(Case, number))]

    def _mortgages(self, unit: Unit) -> list[Mortgage]:
        return [one for key in unit.mortgages if (one := self.register.get(Mortgage, key))]

    def _seizures(self, unit: Unit) -> list[Seizure]:
        return list(seizure_queue.queue(self.register, unit, self.time))

    def _has_seized(self, code: str) -> bool:
        unit = self.register.get(Unit, code)
        return unit is not None and any(one.court == self.institution for one in self._seizures(unit))

    def _flags(self, unit: Unit | None) -> Json:
        if unit is None:
            return {
                "registered": False,
                "mortgaged": False,
                "seized": False,
                "disputed": False,
                **burdens.flags(self.register, None, self.time),
                "pending": False,
            }
        return {
            "registered": unit.status == "active" and unit.right is not None,
            "mortgaged": bool(unit.mortgages),
            "seized": bool(self._seizures(unit)),
            "disputed": unit.disputed,
            **burdens.flags(self.register, unit, self.time),
            "pending": bool(unit.open_cases),
        }

    def _structure(self, unit: Unit) -> Json:
        right = self.register.get(Right, unit.right) if unit.right else None
        return {
            "use": unit.use,
            "area_cm2": unit.area_cm2,
            "status": unit.status,
            "head": unit.head,
            "right": plain(right) if right else None,
            "mortgages": [self._mortgage(one) for one in self._mortgages(unit)],
            "seizures": [self._seizure(one) for one in self._seizures(unit)],
            **burdens.structure(self.register, unit, self.time, None if self.sees_all else self.institution),
            "open_cases": [case.number for case in self._open_cases(unit) if self.may_see_case(case)],
        }

    def _mortgage(self, mortgage: Mortgage) -> Json:
        return self.mortgage(mortgage) or {"rank": mortgage.rank, "status": mortgage.status}

    def mortgage(self, mortgage: Mortgage) -> Json | None:
        """Return a mortgage in full for the registry and the mortgagee, else None."""
        if self.sees_all or mortgage.mortgagee == self.institution:
            return plain(mortgage)
        return None

    def _seizure(self, seizure: Seizure) -> Json:
        if self.sees_all or seizure.court == self.institution:
            return plain(seizure)
        return {"status": seizure.status}

    def seizure_now(self, seizure: Seizure) -> Json:
        """Return a seizure in full, as it stands at the instant shown: it may have lapsed, or come into effect, by then."""
        unit = self.register.get(Unit, seizure.unit)
        stored = unit is not None and seizure.id in unit.seizures
        now = [*sum(seizure_queue.walk(self.register, unit, self.time), ())] if stored and unit else []
        return plain(next((one for one in now if one.id == seizure.id), seizure))

    # ---- entries --------------------------------------------------------------------------------------------------

    def may_see_entry(self, entry: Entry) -> bool:
        """Return whether an entry is this institution's business.

        It is if the viewer sees everything, or the entry is its own, has a private part for it, is about a case that it may see,
        or is open to every member.
        """
        body = entry.envelope.body
        if self.sees_all or self.is_auditor or body.actor == self.institution or EVENTS[body.type].open:
            return True
        if any(self.institution in part.to for part in body.private):
            return True
        number = _case(entry)
        case = self.register.get(Case, number) if number else None
        return case is not None and self.may_see_case(case)

    def entry(self, entry: Entry, about: str | None = None) -> Json | None:
        """Return an entry's line in the feed, or None; `about` is the unit whose entries are asked for."""
        if not self.may_see_entry(entry):
            return self.told(entry, about)
        shown = results.final(entry)
        del shown["status"]
        shown["type"] = entry.envelope.body.type
        shown["case"] = _case(entry)
        shown["units"] = list(self._units(entry))
        return shown

    def told(self, entry: Entry, about: str | None = None) -> Json | None:
        """Return what the institution is told of an entry that is not its business but touches what it has registered.

        It gets neither the result nor the receipt, which holds the whole entry, nor an actor other than a registry, and only
        the units that concern it. None if the entry touches nothing of its own.
        """
        told = self.concerns(entry, self._units(entry))
        concern = told.concerns.get(self.institution)
        if concern is None or about not in (None, *concern.units):
            return None
        body = entry.envelope.body
        actor = self.register.get(Institution, body.actor)
        named = (
            {"actor": body.actor, "id": body.id} if actor is not None and actor.role == Role.REGISTRY else {}
        )
        return {
            **named,
            "index": entry.index,
            "height": entry.height,
            "time": entry.time,
            "outcome": entry.decision["outcome"],
            "type": body.type,
            "case": _case(entry),
            "units": list(concern.units),
            "acts": [
                {"act": tag, "unit": code}
                for tag, units in told.acts
                for code in units
                if code in concern.units
            ],
            "concerns": list(concern.burdens),
        }

    def _units(self, entry: Entry) -> tuple[str, ...]:
        return units_about(self.register, entry.envelope.body.data, entry.decision.get("result") or {})


def _case(entry: Entry) -> str | None:
    return case_number(entry.envelope.body.data, entry.decision.get("result") or {})
