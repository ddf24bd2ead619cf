"""title.import 存量数据导入: the registry takes over a title registered before the ledger began (Interim Regulation 33)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate, as_date, legal_date
from dengbu.ledger.law.identifiers import (
    COUNTY,
    InvalidIdentifier,
    Places,
    check_certificate,
    plain_certificate,
)
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import InstitutionId
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.records import Certificate, Right, Unit
from dengbu.ledger.register.register import Overlay
from dengbu.ledger.register.shapes import (
    AreaCm2,
    CertificateNumber,
    Holders,
    Mode,
    MortgageForm,
    UnitCode,
    Use,
)
from dengbu.ledger.rules import payload_shapes, predicates, roles
from dengbu.ledger.rules.act import OTHER_RIGHTS
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.ledger.rules.predicates import may_take_mortgages
from dengbu.ledger.rules.rights import right_id
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View
from dengbu.ledger.rules.seizure_queue import refresh

TYPE = "title.import"
PART = "title"  # the private part: the holders' names and numbers, and where the unit lies
IMPORT = "import"  # stands in place of the case number that rights registered here have
MORTGAGES_MAX = 50


class ImportedRight(Data, frozen=True, forbid_unknown_fields=True):
    """The ownership right as the old book has it."""

    mode: Mode
    holders: Holders
    certificate: CertificateNumber
    registered_on: IsoDate


class ImportedMortgage(Data, frozen=True, forbid_unknown_fields=True):
    """A mortgage as the old book has it; from before the Civil Code, it needs the mortgagee's consent to a transfer."""

    mortgagee: InstitutionId
    kind: MortgageForm
    no_transfer: bool
    certificate: CertificateNumber
    registered_on: IsoDate


class TitleImport(Data, frozen=True, forbid_unknown_fields=True):
    """A unit, its current right, and the mortgages on it in rank order."""

    unit: UnitCode
    use: Use
    area_cm2: AreaCm2
    right: ImportedRight
    mortgages: Annotated[tuple[ImportedMortgage, ...], Meta(max_length=MORTGAGES_MAX)] = ()


V = View[TitleImport]


def units_in(data: Mapping[str, Any]) -> list[str]:
    """Return the units that the data of an event name: its own, and those of the titles of a batch."""
    return [one["unit"] for one in (data, *data.get("titles", ())) if isinstance(one.get("unit"), str)]


def code_is_invalid(view: V) -> bool:
    """The unit code is not valid (GB/T 37346)."""
    return predicates.code_is_invalid(view.register, view.data.unit)


def district_is_foreign(view: V) -> bool:
    """The unit lies in a district of another registry."""
    return view.data.unit[COUNTY] not in policy_in_force(view.register).districts


def unit_is_registered(view: V) -> bool:
    """The unit, or a retired one of this code, is already in the register."""
    found = view.register.get(Unit, view.data.unit)
    return found is not None and found.status != "pending"


def certificate_is_invalid(view: V) -> bool:
    """A certificate number is malformed, of a future year, or of the kind that certifies other rights."""
    this_year, places = legal_date(view.at.time).year, policy_in_force(view.register).places
    title, *mortgages = _numbers(view)
    if OTHER_RIGHTS in title or any(OTHER_RIGHTS not in one for one in mortgages):
        return True
    return any(_is_malformed(one, this_year, places) for one in (title, *mortgages))


def certificate_is_used(view: V) -> bool:
    """A certificate number is already in use, or is given twice."""
    numbers = _numbers(view)
    known = any(view.register.get(Certificate, one) is not None for one in numbers)
    return known or any(one in numbers[:place] for place, one in enumerate(numbers))


def date_is_impossible(view: V) -> bool:
    """A date of registration does not exist or lies ahead."""
    today = legal_date(view.at.time)
    texts = [view.data.right.registered_on, *(one.registered_on for one in view.data.mortgages)]
    days = [as_date(one) for one in texts]
    return any(day is None or day > today for day in days)


def _numbers(view: V) -> list[str]:
    written = [view.data.right.certificate, *(one.certificate for one in view.data.mortgages)]
    return [plain_certificate(one) for one in written]


def mortgagee_is_unknown(view: V) -> bool:
    """A mortgagee is not an active bank of the network."""
    return any(not may_take_mortgages(view.register, one.mortgagee) for one in view.data.mortgages)


def holder_is_repeated(view: V) -> bool:
    """A holder is named twice."""
    return co_ownership.repeated(view.data.right.holders)


def shares_do_not_fit(view: V) -> bool:
    """The shares do not add up to one, or do not fit the mode."""
    return co_ownership.badly_shared(view.data.right.mode, view.data.right.holders)


def _is_malformed(certificate: str, this_year: int, places: Places) -> bool:
    try:
        check_certificate(certificate, this_year, places)
    except InvalidIdentifier:
        return True
    return False


RULES: tuple[Rule[V], ...] = (
    Rule(Code.BAD_UNIT_CODE, (law.REG_18,), code_is_invalid),
    Rule(Code.NOT_COMPETENT, (law.REG_7, law.CC_210), district_is_foreign),
    Rule(Code.UNIT_REGISTERED, (law.REG_10,), unit_is_registered),
    Rule(Code.BAD_CERTIFICATE, (law.REG_21,), certificate_is_invalid),
    Rule(Code.CERTIFICATE_USED, (law.REG_10,), certificate_is_used),
    Rule(Code.BAD_DATE, (law.REG_10,), date_is_impossible),
    Rule(Code.HOLDER_REPEATED, (law.CC_298,), holder_is_repeated),
    Rule(Code.SHARES_SUM, (law.CC_298,), shares_do_not_fit),
    Rule(Code.MORTGAGEE_UNKNOWN, (law.NET_1,), mortgagee_is_unknown),
)


def imported_right(unit: str) -> str:
    """Return the id of the right that an import enters."""
    return right_id(unit, 1)


def rows_of(title: TitleImport) -> Iterator[tuple[str, str]]:
    """Yield table and key of each row that a title enters, and so asks for first; of its mortgages only the numbers."""
    yield Unit.TABLE, title.unit
    yield Right.TABLE, imported_right(title.unit)
    for written in (title.right.certificate, *(one.certificate for one in title.mortgages)):
        yield Certificate.TABLE, plain_certificate(written)


def effects(view: V) -> Effects:
    """Enter the unit, its right, the mortgages on it, and the numbers of the certificates that they keep."""
    data, at = view.data, view.at
    before = view.register.get(Unit, data.unit)
    own, numbers = imported_right(data.unit), _numbers(view)
    mortgages = tuple(_mortgage(view, own, rank) for rank in range(1, len(data.mortgages) + 1))
    pending = before or Unit(code=data.unit, use="", area_cm2=0, status="pending", head=at.index)
    unit = msgspec.structs.replace(  # notations from before stay on it
        pending,
        use=data.use,
        area_cm2=data.area_cm2,
        status="active",
        head=at.index,
        right=own,
        mortgages=tuple(one.id for one in mortgages),
        rights_count=1,
    )
    right = Right(
        id=own,
        unit=data.unit,
        kind="ownership",
        mode=data.right.mode,
        holders=data.right.holders,
        certificate=numbers[0],
        since=at.index,
        time=at.time,
        cause=IMPORT,
        status="current",
        registered_on=data.right.registered_on,
    )
    named = [own, *unit.mortgages]
    issued = [Certificate(one, of, data.unit, at.index) for one, of in zip(numbers, named, strict=True)]
    result: dict[str, object] = {"unit": data.unit, "rights": [own]}
    if mortgages:
        result["mortgages"] = [{"id": one.id, "rank": one.rank} for one in mortgages]
    records = (unit, right, *mortgages, *issued)
    if not unit.seizures:
        return Effects("recorded", records, result)
    overlay = Overlay(view.register)
    overlay.apply(records)
    overlay.apply(refresh(overlay, unit, at.time))  # the debtor of a pre-seizure may be the holder
    return Effects("recorded", overlay.changes(), result)


def _mortgage(view: V, right: str, rank: int) -> Mortgage:
    old = view.data.mortgages[rank - 1]
    return Mortgage(
        id=f"M-{view.data.unit}-{rank}",
        unit=view.data.unit,
        right=right,
        mortgagee=old.mortgagee,
        rank=rank,
        kind=old.kind,
        no_transfer=old.no_transfer,
        entered_on=old.registered_on,
        certificate=_numbers(view)[rank],
        status="active",
        case=IMPORT,
        since=view.at.index,
    )


KIND = EventKind(
    type=TYPE,
    title=Title("存量登记数据导入", "import of existing titles"),
    senders=roles.REGISTRY,
    signed_by=KeyClass.EVENT,
    open=False,
    compared=Compared.TITLE,
    does=Does.NOTHING,
    parts={"title": payload_shapes.Title},
    data=TitleImport,
    rules=RULES,
    effects=effects,
)
