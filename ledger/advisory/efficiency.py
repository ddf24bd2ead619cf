"""Efficiency 效能监察: how cases were handled, in exact counts and fractions computed from the log.

Every figure is an integer or a fraction in lowest terms; a share of nothing is None. Times are in milliseconds. The
p-th percentile is the smallest value that at least p per cent of the values do not exceed. `FORMULAS` defines each
figure in words and is part of every report.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Annotated, Any

from msgspec import Meta

from dengbu.ledger.advisory.clocks import TAX, clock, registry_time
from dengbu.ledger.advisory.timeline import Filing, Handled, Handling
from dengbu.ledger.cases.ratings import GOOD
from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.register.members import Policy
from dengbu.ledger.register.records import ENTERED, REFUSED, WITHDRAWN
from dengbu.ledger.register.shapes import SCORES
from dengbu.ledger.rules.policies import STATUTORY_DAYS

ACT, OFFICE, CHANNEL, DISTRICT = "act", "office", "channel", "district"
GROUPINGS = (ACT, OFFICE, CHANNEL, DISTRICT)
_ONE = "|".join(GROUPINGS)
Groupings = Annotated[str, Meta(pattern=rf"^({_ONE})(,({_ONE}))*\Z")]  # as a query writes several
PERCENTILES = (50, 90)
_BY_REGISTRY = (ENTERED, REFUSED)

Json = dict[str, Any]

# name of a figure -> its definition in Chinese and English
FORMULAS: Mapping[str, tuple[str, str]] = {
    "accepted": ("期间受理的案件数", "cases accepted in the period"),
    "turned_away": ("期间不予受理的申请数", "applications that the rules refused in the period"),
    "entered": ("期间登簿的案件数", "cases entered in the period"),
    "refused": ("期间不予登记的案件数", "cases refused in the period"),
    "withdrawn": ("期间撤回的案件数", "cases withdrawn in the period"),
    "open": ("期末未办结的案件数", "cases accepted and undecided at the end of the period"),
    "total_time": (
        "登簿或不予登记案件自受理至办结的时间",
        "from acceptance to decision, of cases entered or refused in the period",
    ),
    "registry_time": (
        "其中登记机构未等待任何事项的时间",
        "the part of it in which the registry waited for nothing",
    ),
    "tax_time": (
        "其中涉税案件等待完税的时间",
        "the part of it in which the taxes were not cleared, of cases with a deal",
    ),
    "within_promise": (
        "计时工作日不超过受理时承诺期限的案件数 ÷ 登簿与不予登记案件数",
        "decided within the working days promised at acceptance ÷ entered and refused",
    ),
    "within_statute": (
        f"计时工作日不超过{STATUTORY_DAYS}日的案件数 ÷ 登簿与不予登记案件数",
        f"decided within {STATUTORY_DAYS} working days ÷ entered and refused",
    ),
    "first_time": (
        "受理后未要求补正的案件数 ÷ 登簿与不予登记案件数",
        "decided without any requisition after acceptance ÷ entered and refused",
    ),
    "automatic": ("自动登簿案件数 ÷ 登簿案件数", "entered by the automatic desk ÷ entered"),
    "overrides": (
        "政策允许自动登簿而由人工办结的案件数 ÷ 政策允许自动登簿的登簿与不予登记案件数",
        "decided by a person although the policy lets the desk enter such acts ÷ cases of such acts entered or refused",
    ),
    "handed_over": (
        "自动登簿存疑转人工的案件数 ÷ 政策允许自动登簿的登簿与不予登记案件数",
        "handed over to a person by the automatic desk ÷ entered and refused of acts that the policy lets it enter",
    ),
    "doubts": ("转人工的理由及案件数", "reasons for the handovers, with the number of cases for each"),
    "shared_papers": (
        "期间受理案件因共享免提交的材料件数",
        "papers not asked for in cases accepted in the period",
    ),
    "with_shared_papers": (
        "有免提交材料的案件数 ÷ 受理案件数",
        "accepted with at least one paper not asked for ÷ accepted",
    ),
    "cross_district": (
        "受理地点所在区县与不动产所在区县不同的案件数 ÷ 受理地点列入政策数据的受理案件数",
        "accepted at an office of another district ÷ accepted at offices that the policy lists",
    ),
    "rated": ("已评价案件数 ÷ 办结案件数(含撤回)", "rated ÷ decided, withdrawn ones included"),
    "good": (
        "基本满意及以上的评价数 ÷ 评价数",
        f"ratings of {GOOD} or better out of {max(SCORES)} ÷ ratings",
    ),
    "bank_coverage": (
        "截至期末已受理过案件的银行数 ÷ 政策数据所列办理抵押业务的银行数",
        "banks with a case accepted by the end of the period ÷ banks with mortgage business that the policy lists",
    ),
    "outlet_coverage": (
        "截至期末已受理过案件的银行网点数 ÷ 政策数据所列上述银行网点数",
        "outlets with a case accepted by the end of the period ÷ outlets of those banks that the policy lists",
    ),
    "office_coverage": (
        "截至期末已受理过案件的登记点数 ÷ 政策数据所列登记点数",
        "registry offices with a case accepted by the end of the period ÷ registry offices that the policy lists",
    ),
    "online_coverage": (
        "期间网上受理的案件数 ÷ 期间受理的可网办案件数",
        "cases accepted online in the period ÷ cases accepted in the period whose acts can all be applied for online",
    ),
}


@dataclass(frozen=True, slots=True)
class Period:
    """The time from `start`, inclusive, to `end`, exclusive (ms UTC)."""

    start: int
    end: int

    def has(self, time: int | None) -> bool:
        """Whether an instant lies in the period; None does not."""
        return time is not None and self.start <= time < self.end


@dataclass(slots=True)
class Days:
    """The working days that counted for each case, computed once under one calendar."""

    policy: Policy
    _known: dict[str, int] = field(default_factory=dict)

    def used(self, case: Handled) -> int:
        """The working days of a decided case that counted."""
        if case.number not in self._known:
            self._known[case.number] = self._count(case)
        return self._known[case.number]

    def _count(self, case: Handled) -> int:
        run = case.run
        assert run.decided is not None
        if legal_date(run.accepted) == legal_date(run.decided):
            return 0
        return clock(run, case.limit, self.policy, run.decided).used


@dataclass(slots=True)
class _Group:
    """The cases and applications that one line of a report covers."""

    accepted: list[Handled] = field(default_factory=list)
    decided: list[Handled] = field(default_factory=list)
    open: int = 0
    turned_away: int = 0


def report(
    handling: Handling, period: Period, by: Sequence[str], days: Days, only: str | None = None
) -> Json:
    """Return the figures of a period: of all cases, of each group by `by` (of GROUPINGS), and the coverage.

    If grouped by act, a case counts once under each of its acts. `only` restricts the report to the applications of
    one institution, except for the coverage.
    """
    every = list(handling.cases())
    cases = [case for case in every if only in (None, case.filing.actor)]
    away = [one for one in handling.turned_away if only in (None, one.actor)]
    groups = _grouped(cases, away, period, by)
    whole = _grouped(cases, away, period, ()).get((), _Group())
    return {
        "entries": handling.size,
        "all": _figures(whole, days),
        "groups": [
            {"key": dict(zip(by, key, strict=True)), **_figures(group, days)}
            for key, group in sorted(groups.items())
            if by
        ],
        "coverage": _coverage(handling.registry, every, period, days.policy),
        "formulas": {name: {"zh": zh, "en": en} for name, (zh, en) in FORMULAS.items()},
    }


def _grouped(
    cases: Iterable[Handled], away: Iterable[Filing], period: Period, by: Sequence[str]
) -> dict[tuple[str, ...], _Group]:
    found: dict[tuple[str, ...], _Group] = defaultdict(_Group)
    for case in cases:
        accepted, decided = period.has(case.run.accepted), period.has(case.run.decided)
        is_open = case.run.accepted < period.end and (case.run.decided or period.end) >= period.end
        if not (accepted or decided or is_open):
            continue
        for key in _keys(case.filing, by):
            group = found[key]
            group.accepted += [case] * accepted
            group.decided += [case] * decided
            group.open += is_open
    for filing in away:
        if period.has(filing.time):
            for key in _keys(filing, by):
                found[key].turned_away += 1
    return found


def _keys(filing: Filing, by: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The keys of the groups to which a case belongs: one for each of its acts, if grouped by act."""
    place = filing.actor if filing.office is None else f"{filing.actor}/{filing.office}"
    values = {ACT: filing.acts, OFFICE: (place,), CHANNEL: (filing.channel,), DISTRICT: (filing.district,)}
    return product(*(values[name] for name in by))


def _figures(group: _Group, days: Days) -> Json:
    states = Counter(case.state for case in group.decided)
    done = [case for case in group.decided if case.state in _BY_REGISTRY]
    entered = [case for case in done if case.state == ENTERED]
    desk = [case for case in done if case.for_the_desk]
    return {
        "accepted": len(group.accepted),
        "turned_away": group.turned_away,
        **{state: states[state] for state in (ENTERED, REFUSED, WITHDRAWN)},
        "open": group.open,
        "total_time": _times(_total_time(case) for case in done),
        "registry_time": _times(registry_time(case.run, _end(case)) for case in done),
        "tax_time": _times(_tax_time(case) for case in done if case.deal),
        "within_promise": _share(done, lambda case: days.used(case) <= case.limit),
        "within_statute": _share(done, lambda case: days.used(case) <= STATUTORY_DAYS),
        "first_time": _share(done, lambda case: not case.requisitioned),
        "automatic": _share(entered, lambda case: case.automatic),
        "overrides": _share(desk, lambda case: not case.automatic),
        "handed_over": _share(desk, lambda case: bool(case.handed_over)),
        "doubts": dict(sorted(Counter(why for case in desk for why in case.handed_over).items())),
        "shared_papers": sum(case.shared for case in group.accepted),
        "with_shared_papers": _share(group.accepted, lambda case: case.shared > 0),
        "cross_district": _cross_district(group.accepted, days.policy),
        **_ratings(group.decided),
    }


def _end(case: Handled) -> int:
    assert case.run.decided is not None
    return case.run.decided


def _total_time(case: Handled) -> int:
    return _end(case) - case.run.accepted


def _tax_time(case: Handled) -> int:
    return sum((wait.until or _end(case)) - wait.since for wait in case.run.waits if wait.ground == TAX)


def _times(values: Iterable[int]) -> Json:
    ordered = sorted(values)
    count, total = len(ordered), sum(ordered)
    found: Json = {"count": count, "sum_ms": total, "mean_ms": _fraction(total, count)}
    for percent in PERCENTILES:
        place = (percent * count + 99) // 100 - 1  # nearest rank, rounded up
        found[f"p{percent}_ms"] = ordered[place] if ordered else None
    return found


def _share(cases: Sequence[Any], counts: Callable[[Any], bool]) -> Json:
    return _part(sum(counts(case) for case in cases), len(cases))


def _part(count: int, of: int) -> Json:
    return {"count": count, "of": of, "share": _fraction(count, of)}


def _fraction(above: int, below: int) -> str | None:
    if below == 0:
        return None
    value = Fraction(above, below)
    return f"{value.numerator}/{value.denominator}"


def _cross_district(accepted: Sequence[Handled], policy: Policy) -> Json:
    lies_in = {(one.institution, one.office): one.district for one in policy.offices}
    known = [case.filing for case in accepted if (case.filing.actor, case.filing.office) in lies_in]
    return _share(known, lambda one: lies_in[one.actor, one.office] != one.district)


def _ratings(decided: Sequence[Handled]) -> Json:
    scores = [case.rating for case in decided if case.rating is not None]
    counted = Counter(scores)
    return {
        "ratings": {str(score): counted[score] for score in SCORES},
        "rated": _part(len(scores), len(decided)),
        "good": _share(scores, lambda score: score >= GOOD),
    }


def _coverage(registry: str, cases: Sequence[Handled], period: Period, policy: Policy) -> Json:
    """The three goals of 100 per cent 三个百分之百 (banks, offices, online), with the first also by outlet."""
    filed = [case.filing for case in cases if case.run.accepted < period.end]
    actors = dict.fromkeys(one.actor for one in filed)
    places = dict.fromkeys((one.actor, one.office) for one in filed)
    listed = [(one.institution, one.office) for one in policy.offices]
    outlets = [one for one in listed if one[0] in policy.mortgage_banks]
    offices = [one for one in listed if one[0] == registry]
    can_be_online = [
        one for one in filed if period.has(one.time) and all(act in policy.online_acts for act in one.acts)
    ]
    return {
        "bank_coverage": _share(policy.mortgage_banks, lambda bank: bank in actors),
        "outlet_coverage": _share(outlets, lambda one: one in places),
        "office_coverage": _share(offices, lambda one: one in places),
        "online_coverage": _share(can_be_online, lambda one: one.channel in policy.online_channels),
    }
