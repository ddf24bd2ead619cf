"""title.import 存量数据导入: a title registered before the ledger began, taken over by the registry (Interim Regulation 33)."""

from collections.abc import Callable
from typing import Annotated, Literal

from msgspec import Meta

from ledger import holding, law
from ledger.acts.unit_first import AREA_CM2_MAX, HOLDERS_MAX
from ledger.records import POLICY_KEY, Certificate, Holder, Policy, Right, Unit
from ledger.rule import Data, Effects, EventKind, Rule, View
from ledger.values import InvalidIdentifier, check_certificate, check_unit_code
from ledger.verdict import Code

IsoDate = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]


class ImportedRight(Data, frozen=True, forbid_unknown_fields=True):
    """The ownership right as the old book has it."""

    mode: Literal["single", "joint", "shares"]
    holders: Annotated[tuple[Holder, ...], Meta(min_length=1, max_length=HOLDERS_MAX)]
    certificate: Annotated[str, Meta(max_length=64)]
    registered_on: IsoDate


class TitleImport(Data, frozen=True, forbid_unknown_fields=True):
    """A unit and its current right."""

    unit: str
    use: Annotated[str, Meta(pattern=r"^[a-z][a-z-]{0,31}\Z")]
    area_cm2: Annotated[int, Meta(ge=1, le=AREA_CM2_MAX)]
    right: ImportedRight


V = View[TitleImport]


def code_is_invalid(view: V) -> bool:
    """The unit code breaks its standard."""
    return _invalid(check_unit_code, view.data.unit)


def district_is_foreign(view: V) -> bool:
    """The unit lies in a district of another registry."""
    policy = view.register.get(Policy, POLICY_KEY)
    return policy is None or view.data.unit[:6] not in policy.districts


def unit_is_registered(view: V) -> bool:
    """The unit is in the book already."""
    return view.register.get(Unit, view.data.unit) is not None


def certificate_is_invalid(view: V) -> bool:
    """The certificate number breaks its form."""
    return _invalid(check_certificate, view.data.right.certificate)


def certificate_is_used(view: V) -> bool:
    """The certificate number stands for something else already."""
    return view.register.get(Certificate, view.data.right.certificate) is not None


def holder_is_repeated(view: V) -> bool:
    """A holder is named twice."""
    return holding.repeated(view.data.right.holders)


def shares_do_not_fit(view: V) -> bool:
    """The shares do not make one, or do not fit the mode."""
    return holding.badly_shared(view.data.right.mode, view.data.right.holders)


def _invalid(check: Callable[[str], None], text: str) -> bool:
    try:
        check(text)
    except InvalidIdentifier:
        return True
    return False


RULES: tuple[Rule[V], ...] = (
    Rule(Code.BAD_UNIT_CODE, (law.REG_18,), code_is_invalid),
    Rule(Code.NOT_COMPETENT, (law.REG_7, law.CC_210), district_is_foreign),
    Rule(Code.UNIT_REGISTERED, (law.REG_10,), unit_is_registered),
    Rule(Code.BAD_CERTIFICATE, (law.REG_21,), certificate_is_invalid),
    Rule(Code.CERTIFICATE_USED, (law.REG_10,), certificate_is_used),
    Rule(Code.HOLDER_REPEATED, (law.CC_298,), holder_is_repeated),
    Rule(Code.SHARES_SUM, (law.CC_298,), shares_do_not_fit),
)


def enter(view: V) -> Effects:
    """The unit, its right, and the number of the certificate it keeps."""
    data, at = view.data, view.at
    right_id = f"R-{data.unit}-1"
    unit = Unit(
        code=data.unit,
        use=data.use,
        area_cm2=data.area_cm2,
        status="active",
        head=at.index,
        right=right_id,
        rights_count=1,
    )
    right = Right(
        id=right_id,
        unit=data.unit,
        kind="ownership",
        mode=data.right.mode,
        holders=data.right.holders,
        certificate=data.right.certificate,
        since=at.index,
        time=at.time,
        cause="import",
        status="current",
        registered_on=data.right.registered_on,
    )
    certificate = Certificate(data.right.certificate, right_id, data.unit, at.index)
    return Effects("recorded", (unit, right, certificate), {"unit": data.unit, "rights": [right_id]})


KIND = EventKind("title.import", TitleImport, RULES, enter)
