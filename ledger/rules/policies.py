"""The policy in force, the quorum that it requires, and the conditions that make a policy safe and valid."""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import as_date
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64, InstitutionId, Reference, convert, fits
from dengbu.ledger.register.members import LATER_DEFAULTS, POLICY_KEY, Institution, Office, Policy
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import Channel, District
from dengbu.ledger.rules.rule import Rule, View

STATUTORY_DAYS = (
    30  # working days from acceptance to decision, Interim Regulation 20; a policy may only shorten it
)
SEIZURE_YEARS_MAX = 3  # Interpretation on the Civil Procedure Law 485; a policy may only shorten it
DOUBLE_SIGNS = ("suspend", "record")
CONSENTS = ("civil-code", "urban-real-estate-law")
MORTGAGE_CHANGES = (  # what an alteration of a mortgage may name: see ledger/acts/mortgage_alter.py
    "amount-raised",
    "amount-lowered",
    "term-extended",
    "term-shortened",
    "scope-widened",
    "scope-narrowed",
    "debtor-replaced",
)
ALTERING_SEIZED = ("court-signs", "names-free")
HABITATION_FOR = ("persons", "anyone")
TEXT_MAX = 32
DAYS_MAX = 400
MILLION = 1_000_000
AREA_TOLERANCE_PPM_MAX = 10_000  # one hundredth, more than two surveys of a building differ by
CLOCK_TOLERANCE_S_MIN = 10  # below this, a slow answer looks like a wrong clock
CLOCK_TOLERANCE_S_MAX = 600  # an entry may be dated ahead by this much; terms lapse by the day
PERIOD_DAYS_MAX = 250  # working days: a year
DISTRICTS_MAX = 32
PLACES_MAX = 64  # counties, and names in certificates of before
OFFICES_MAX = 400
BANKS_MAX = 200
CHANNELS_MAX = 16


def faulty_max(members: int) -> int:
    """How many of n members may lie while the others still agree: f with n >= 3f + 1."""
    return max(0, (members - 1) // 3)


def witness_quorum_is_unsafe(policy: Policy) -> bool:
    """Whether two quorums could have only faulty members in common (2q - n <= f), or no quorum exists."""
    members, quorum = len(policy.witnesses), policy.witness_quorum
    return quorum > members or 2 * quorum - members <= faulty_max(members)


def governance_quorum_is_unsafe(policy: Policy, institutions: int) -> bool:
    """Whether the governance quorum is not a majority of the active institutions, or is more than all."""
    return not institutions < 2 * policy.governance_quorum <= 2 * institutions


def witness_is_unknown(witnesses: Sequence[str], may_witness: Callable[[str], bool]) -> bool:
    """Whether a witness is named twice, or is not an institution that can cosign."""
    repeated = any(one in witnesses[:place] for place, one in enumerate(witnesses))
    return repeated or not all(may_witness(one) for one in witnesses)


def is_invalid(policy: Policy, acts: Container[str]) -> bool:
    """Whether a value of the policy means nothing to the rules that read it; `acts` are the tags of all acts."""
    days = (*policy.holidays, *policy.workdays)
    texts = (
        policy.certificate_prefix,
        policy.certificate_place,
        *policy.certificate_places.values(),
        *policy.known_provinces,
        *policy.known_places,
    )
    valid = (
        0 < len(policy.districts) <= DISTRICTS_MAX
        and all(fits(one, District) for one in policy.districts)
        and all(0 < len(some) <= PLACES_MAX for some in _known(policy))
        and all(fits(one, District) for one in policy.counties)
        and policy.consent in CONSENTS
        and all(1 <= one <= PERIOD_DAYS_MAX for one in _periods(policy))
        and policy.altering_seized in ALTERING_SEIZED
        and 0 <= policy.area_tolerance_ppm <= AREA_TOLERANCE_PPM_MAX
        and CLOCK_TOLERANCE_S_MIN <= policy.clock_tolerance_s <= CLOCK_TOLERANCE_S_MAX
        and (not policy.rule_set or fits(policy.rule_set, Hex64))
        and policy.double_sign in DOUBLE_SIGNS
        and all(act in acts for act in policy.desk)
        and policy.habitation_for in HABITATION_FOR
        and all(one in MORTGAGE_CHANGES for one in policy.adverse_changes)
        and all(0 < len(one) <= TEXT_MAX for one in texts)
        and len(days) <= DAYS_MAX
        and not any(one in policy.holidays for one in policy.workdays)
        and all(as_date(one) is not None for one in (*days, policy.mortgage_consent_before))
        and all(fits(one, District) for one in policy.certificate_places)
        and all(act in acts for act in policy.limits)
        and all(1 <= one <= STATUTORY_DAYS for one in (policy.limit_days, *policy.limits.values()))
        and 1 <= policy.seizure_term_years_max <= SEIZURE_YEARS_MAX
        and _can_be_counted(policy, acts)
        and _can_be_decided(policy)
    )
    return not valid


def area_is_exceeded(policy: Policy, before: int, after: int) -> bool:
    """Whether an area (cm2) became larger than the register's by more than the survey tolerance, exactly."""
    return after * MILLION > before * (MILLION + policy.area_tolerance_ppm)


def _can_be_counted(policy: Policy, acts: Container[str]) -> bool:
    """Whether efficiency can be measured by these values: offices with their districts, banks, acts that are online."""
    return (
        len(policy.offices) <= OFFICES_MAX
        and not _is_repeated([(one.institution, one.office) for one in policy.offices])
        and all(_is_office(one) for one in policy.offices)
        and len(policy.mortgage_banks) <= BANKS_MAX
        and not _is_repeated(policy.mortgage_banks)
        and all(fits(one, InstitutionId) for one in policy.mortgage_banks)
        and all(act in acts for act in policy.online_acts)
        and len(policy.online_channels) <= CHANNELS_MAX
        and all(fits(one, Channel) for one in policy.online_channels)
    )


def _can_be_decided(policy: Policy) -> bool:
    """Whether each district in `deciding` is the registry's own and has offices, all well-formed."""
    return all(
        district in policy.districts
        and 0 < len(offices) <= OFFICES_MAX
        and all(fits(one, Reference) for one in offices)
        for district, offices in policy.deciding.items()
    )


def _is_repeated(values: Sequence[Any]) -> bool:
    """Whether one of the values occurs twice."""
    return len(dict.fromkeys(values)) < len(values)


def _is_office(one: Office) -> bool:
    named = fits(one.institution, InstitutionId) and fits(one.office, Reference)
    return bool(named and fits(one.district, District))


def _known(policy: Policy) -> tuple[tuple[str, ...], ...]:
    return (policy.counties, policy.known_provinces, policy.known_places)


def _periods(policy: Policy) -> tuple[int, ...]:
    return (policy.fault_notice_days, policy.fault_announcement_days, policy.loss_announcement_days)


def as_of(given: Mapping[str, Any], rule_set: int) -> Policy:
    """Return a policy from its JSON as the rule set with this number reads it; raise `Malformed`.

    What it leaves out has the default of that set.
    """
    return convert({**later_defaults(rule_set), **given}, Policy)


def later_defaults(rule_set: int) -> dict[str, Any]:
    """Return the defaults, as JSON, in which the rule set with this number differs from the first."""
    dated = ((name, *one) for name, values in LATER_DEFAULTS.items() for one in values)
    return {name: value for name, since, value in dated if since <= rule_set}


def policy_in_force(register: Register) -> Policy:
    """The policy in force; there is one from entry 0 on."""
    found = register.get(Policy, POLICY_KEY)
    assert found is not None, "entry 0 sets a policy"
    return found


def is_active(register: Register, institution: str) -> bool:
    """Whether this is an institution that is not suspended."""
    found = register.get(Institution, institution)
    return found is not None and found.status == "active"


def _too_few_signed(view: View[Any]) -> bool:
    signed = [one for one in view.event.signers if is_active(view.register, one)]
    return len(signed) < policy_in_force(view.register).governance_quorum


# The quorum counts institutions, not keys: admission names each one once, however many of its keys signed.
QUORUM: Rule[View[Any]] = Rule(Code.GOVERNANCE_QUORUM, (law.NET_3,), _too_few_signed)


def institution_is_unknown(view: View[Any]) -> bool:
    """Whether the institution named in the event's data does not exist."""
    return view.register.get(Institution, view.data.institution) is None


def institution_is_not_active(view: View[Any]) -> bool:
    """Whether the institution named in the event's data is suspended."""
    return not institution_is_unknown(view) and not is_active(view.register, view.data.institution)
