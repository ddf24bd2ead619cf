"""Efficiency: every figure against a count of the entries by other means, and a small town counted by hand."""

import functools
import itertools
import json
import math
import random
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from dengbu.ledger.advisory.efficiency import FORMULAS, GROUPINGS, Days, Period, report
from dengbu.ledger.advisory.timeline import Handling
from dengbu.ledger.law.calendar import midnight
from dengbu.ledger.register.members import Policy
from dengbu.ledger.register.records import Right
from tests.ledger.recorded import DESK, FIRST, UNITS, Recorded, busy_town, recorded
from tests.worlds import DAY_MS, HOUR_MS, START, codes, mortgage_act, transfer_act

Json = dict[str, Any]
EVER = Period(0, 2**53)
busy = functools.cache(busy_town)  # a test's name tells its seed
SEEDS = (7, 441302)


def counted(town: Recorded, period: Period = EVER, by: tuple[str, ...] = (), only: str | None = None) -> Json:
    """Return the report of a town."""
    handling = Handling(DESK)
    handling.add(town.entries)
    return report(handling, period, by, Days(town.one(Policy, "current")), only)


# ---- the same from the raw entries, by the simplest means --------------------------------------------------------


def china(ms: int) -> date:
    return (datetime.fromtimestamp(ms / 1000, UTC) + timedelta(hours=8)).date()


def told(town: Recorded) -> tuple[list[Json], list[Json]]:
    """Return cases, and applications turned away, as plain dicts read from the bytes of the leaves."""
    cases: dict[str, Json] = {}
    away: list[Json] = []
    policy: Json = {}
    for leaf in (json.loads(entry.raw) for entry in town.entries):
        body, decision = leaf["event"]["body"], leaf["decision"]
        kind, data, done = body["type"], body["data"], decision["outcome"] != "refused"
        if kind == "case.apply":
            made = {
                "at": leaf["time"],
                "by": body["actor"],
                "office": body.get("office"),
                "channel": data["channel"],
                "district": data["district"],
                "acts": sorted({act["act"] for act in data["acts"]}),
                "shared": len(data.get("shared", [])),
            }
            if not done:
                away.append(made)
                continue
            limits = [policy.get("limits", {}).get(act, policy.get("limit_days", 5)) for act in made["acts"]]
            deal = "deal" in decision["result"]
            made |= {
                "limit": max(limits),
                "deal": deal,
                "end": None,
                "state": "open",
                "score": None,
                "doubts": [],
            }
            made |= {"asked": False, "spans": [], "tax": leaf["time"] if deal else None, "stop": None}
            cases[decision["result"]["case"]] = made
        elif done and kind in ("network.genesis", "policy.set"):
            policy = data["policy"]
        elif done and "case" in data:
            follow(cases[data["case"]], leaf["time"], body, decision.get("result", {}), policy)
    return list(cases.values()), away


def follow(case: Json, time: int, body: Json, result: Json, policy: Json) -> None:
    """Apply an event to a case."""
    kind = body["type"]
    if kind == "case.rate":
        case["score"] = body["data"]["score"]
    if case["end"] is not None:
        return
    if kind == "case.hand-over":
        case["doubts"] = sorted(set(body["data"]["doubts"]))
    if kind == "case.suspend":
        case["stop"] = time
        case["asked"] |= body["data"]["ground"] == "requisition"
    ends = kind in ("case.enter", "case.refuse", "case.withdraw")
    if case["stop"] is not None and (ends or kind == "case.resume"):
        case["spans"].append(("stop", case["stop"], time))
        case["stop"] = None
    if case["tax"] is not None and (ends or (kind.startswith("tax.") and result.get("state") == "CLEARED")):
        case["spans"].append(("tax", case["tax"], time))
        case["tax"] = None
    if case["tax"] is None and kind == "tax.refund-request" and not ends:
        case["tax"] = time
    if ends:
        case["end"] = time
        case["state"] = {"case.enter": "entered", "case.refuse": "refused"}.get(kind, "withdrawn")
        case["desk"] = kind == "case.enter" and body.get("officer") == DESK
        case["desk might"] = all(
            act in policy.get("desk", ["mortgage.set", "mortgage.discharge"]) for act in case["acts"]
        )


def days(case: Json) -> int:
    """Return the working days that count, counted day by day."""
    day, count = china(case["at"]), 0
    while day < china(case["end"]):
        day += timedelta(days=1)
        text = day.isoformat()
        works = text in FIRST["workdays"] or (day.weekday() < 5 and text not in FIRST["holidays"])
        waits = any(china(since) < day <= china(until) for _, since, until in case["spans"])
        count += works and not waits
    return count


def alone(case: Json) -> int:
    """Return the milliseconds in which nothing was waited for, by cutting the course at every change."""
    cuts = sorted({case["at"], case["end"], *(at for _, *span in case["spans"] for at in span)})
    pieces = itertools.pairwise(cuts)
    return sum(
        b - a for a, b in pieces if not any(since <= a and b <= until for _, since, until in case["spans"])
    )


def share(cases: list[Any], holds: Any) -> Json:
    some = [one for one in cases if holds(one)]
    return {"count": len(some), "of": len(cases), "share": lowest(len(some), len(cases))}


def lowest(above: int, below: int) -> str | None:
    if not below:
        return None
    return "/".join(map(str, Fraction(above, below).as_integer_ratio()))


def times(values: list[int]) -> Json:
    values = sorted(values)
    found: Json = {"count": len(values), "sum_ms": sum(values), "mean_ms": lowest(sum(values), len(values))}
    for percent in (50, 90):
        least = [
            v for v in values if Fraction(sum(w <= v for w in values), len(values)) >= Fraction(percent, 100)
        ]
        found[f"p{percent}_ms"] = min(least) if least else None
    return found


def doubted(cases: list[Json]) -> Json:
    """Return how many cases were handed over for each doubt."""
    named = [doubt for case in cases for doubt in case["doubts"]]
    return {doubt: named.count(doubt) for doubt in sorted(set(named))}


def recounted(cases: list[Json], away: list[Json], period: Period) -> Json:
    """Return all figures of some cases."""
    taken = [case for case in cases if period.start <= case["at"] < period.end]
    decided = [case for case in cases if case["end"] is not None and period.start <= case["end"] < period.end]
    done = [case for case in decided if case["state"] != "withdrawn"]
    entered = [case for case in done if case["state"] == "entered"]
    known = {(one["institution"], one["office"]): one["district"] for one in FIRST["offices"]}
    placed = [case for case in taken if (case["by"], case["office"]) in known]
    scores = [case["score"] for case in decided if case["score"]]
    return {
        "accepted": len(taken),
        "turned_away": len([one for one in away if period.start <= one["at"] < period.end]),
        **{
            state: len([c for c in decided if c["state"] == state])
            for state in ("entered", "refused", "withdrawn")
        },
        "open": len(
            [c for c in cases if c["at"] < period.end and (c["end"] is None or c["end"] >= period.end)]
        ),
        "total_time": times([case["end"] - case["at"] for case in done]),
        "registry_time": times([alone(case) for case in done]),
        "tax_time": times(
            [sum(b - a for what, a, b in c["spans"] if what == "tax") for c in done if c["deal"]]
        ),
        "within_promise": share(done, lambda case: days(case) <= case["limit"]),
        "within_statute": share(done, lambda case: days(case) <= 30),
        "first_time": share(done, lambda case: not case["asked"]),
        "automatic": share(entered, lambda case: case["desk"]),
        "overrides": share([case for case in done if case["desk might"]], lambda case: not case["desk"]),
        "handed_over": share([case for case in done if case["desk might"]], lambda case: case["doubts"]),
        "doubts": doubted([case for case in done if case["desk might"]]),
        "shared_papers": sum(case["shared"] for case in taken),
        "with_shared_papers": share(taken, lambda case: case["shared"]),
        "cross_district": share(placed, lambda case: known[case["by"], case["office"]] != case["district"]),
        "ratings": {str(score): scores.count(score) for score in range(1, 6)},
        "rated": {"count": len(scores), "of": len(decided), "share": lowest(len(scores), len(decided))},
        "good": share(scores, lambda score: score >= 3),
    }


def keys(one: Json, by: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the groups that a case or an application belongs to."""
    place = one["by"] + (f"/{one['office']}" if one["office"] else "")
    found: list[tuple[str, ...]] = [()]
    for name in by:
        values = {"act": one["acts"], "office": [place]}.get(name) or [one.get(name)]
        found = [(*key, value) for key in found for value in values]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_is_what_a_recount_of_the_log_finds(seed: int) -> None:
    town = busy(seed, 300)
    cases, away = told(town)
    chance = random.Random(seed)
    instants = [entry.time for entry in town.entries]
    for period in (EVER, *(Period(*sorted(chance.sample(instants, 2))) for _ in range(3))):
        assert counted(town, period)["all"] == recounted(cases, away, period)
        for by in (("act",), ("channel", "district"), ("act", "office", "channel")):
            groups = {tuple(one["key"].values()): one for one in counted(town, period, by)["groups"]}
            assert list(groups) == sorted(groups)
            assert all(tuple(one["key"]) == by for one in groups.values())
            every = {key for case in (*cases, *away) for key in keys(case, by)}
            for key in every:
                mine = [case for case in cases if key in keys(case, by)]
                expected = recounted(mine, [one for one in away if key in keys(one, by)], period)
                nothing = not any(expected[name] for name in ("accepted", "turned_away", "open"))
                if key not in groups:
                    assert nothing, key
                    assert expected["rated"]["of"] == 0
                    continue
                assert {name: v for name, v in groups[key].items() if name != "key"} == expected
            assert set(groups) <= every


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_town_has_something_of_everything(seed: int) -> None:
    found = counted(busy(seed, 300))["all"]
    for name in ("accepted", "turned_away", "entered", "refused", "withdrawn", "open", "shared_papers"):
        assert found[name] > 0, name
    for name in ("within_promise", "first_time", "automatic", "overrides", "cross_district", "rated", "good"):
        assert 0 < found[name]["count"] < found[name]["of"], name
    assert found["tax_time"]["sum_ms"] > 0
    assert found["registry_time"]["sum_ms"] < found["total_time"]["sum_ms"]


def test_one_institution_sees_its_own_cases_and_everybodys_coverage() -> None:
    town = busy(SEEDS[0], 200)
    cases, away = told(town)
    whole = counted(town)
    for name in ("bank-a", "bank-b", "hz-registry"):
        own = counted(town, only=name)
        mine = [[one for one in some if one["by"] == name] for some in (cases, away)]
        assert own["all"] == recounted(*mine, EVER)
        assert own["coverage"] == whole["coverage"]


def test_entries_are_added_in_their_order_and_once() -> None:
    town = recorded()
    handling = Handling(DESK)
    handling.add(town.entries)
    with pytest.raises(ValueError, match="entry 0 does not follow the 1 entries"):
        handling.add(town.entries)


def test_added_piece_by_piece_it_is_the_same() -> None:
    town = busy(SEEDS[1], 200)
    handling = Handling(DESK)
    for entry in town.entries:
        handling.add([entry])
        list(handling.cases())  # looking changes nothing
    found = report(handling, EVER, GROUPINGS, Days(town.one(Policy, "current")))
    assert found == counted(town, by=GROUPINGS)


# ---- by hand ------------------------------------------------------------------------------------------------------


def test_a_town_counted_by_hand() -> None:
    town = recorded()
    titles = {unit: town.title(unit) for unit in UNITS[:4]}
    first, second, third, fourth = titles.values()

    def apply(right: Right, act: Json, by: str, office: str, channel: str, *shared: str) -> str:
        data = {"district": "441302", "channel": channel, "acts": [act], "shared": list(shared)}
        done = town.do(by, "case.apply", data, office=office)
        assert done.outcome == "accepted", codes(done)
        return str(done.result["case"])

    def later(hours: int, since: int) -> None:
        town.time = since + hours * HOUR_MS

    begin = town.time
    quick = apply(first, mortgage_act(first), "bank-a", "outlet-1", "online", "id-card", "marriage")
    later(1, begin)
    town.do("hz-registry", "case.enter", {"case": quick}, officer=DESK)  # an hour, by the desk
    since = town.time
    slow = apply(second, mortgage_act(second, "bank-b"), "bank-b", "outlet-1", "outlet")
    town.do(
        "hz-registry",
        "case.hand-over",
        {"case": slow, "doubts": ["minor", "acted-for", "minor"]},
        officer=DESK,
    )
    later(24 * 8, since)  # Sunday the 22nd to Monday the 30th: 23, 25, 26, 27, 28, 30; the 24th is a holiday
    town.do("hz-registry", "case.enter", {"case": slow}, officer="window-1")
    since = town.time
    sale = apply(third, transfer_act(third), "hz-registry", "zhongkai", "counter")
    later(48, since)
    town.clear(sale)
    cleared = town.time - 1000
    later(51, since)
    town.do("hz-registry", "case.enter", {"case": sale}, officer="window-1")
    asked = apply(fourth, transfer_act(fourth), "hz-registry", "hall", "counter", "id-card")
    town.do("hz-registry", "case.suspend", {"case": asked, "ground": "requisition", "items": ["seal"]})
    town.do(
        "hz-registry",
        "case.refuse",
        {"case": asked, "grounds": [{"law": "REG-22-1", "text_code": "illegal"}]},
    )
    town.do("bank-a", "case.rate", {"case": quick, "score": 5})
    town.do("bank-b", "case.rate", {"case": slow, "score": 2})
    town.do("hz-registry", "case.rate", {"case": sale, "score": 3})
    town.do(
        "bank-a",
        "case.apply",
        {"district": "441302", "channel": "online", "acts": [mortgage_act(first, consent=[])]},
    )

    found = counted(town)
    whole = found["all"]
    assert (whole["accepted"], whole["entered"], whole["refused"], whole["withdrawn"]) == (4, 3, 1, 0)
    assert (whole["open"], whole["turned_away"]) == (0, 1)
    assert whole["within_promise"] == {"count": 3, "of": 4, "share": "3/4"}  # one took six days of five
    assert whole["within_statute"] == {"count": 4, "of": 4, "share": "1/1"}
    assert whole["first_time"] == {"count": 3, "of": 4, "share": "3/4"}
    assert whole["automatic"] == {"count": 1, "of": 3, "share": "1/3"}
    assert whole["overrides"] == {"count": 1, "of": 2, "share": "1/2"}
    assert whole["handed_over"] == {"count": 1, "of": 2, "share": "1/2"}
    assert whole["doubts"] == {"acted-for": 1, "minor": 1}
    assert whole["shared_papers"] == 3
    assert whole["with_shared_papers"] == {"count": 2, "of": 4, "share": "1/2"}
    assert whole["cross_district"] == {"count": 2, "of": 4, "share": "1/2"}
    assert whole["ratings"] == {"1": 0, "2": 1, "3": 1, "4": 0, "5": 1}
    assert whole["rated"] == {"count": 3, "of": 4, "share": "3/4"}
    assert whole["good"] == {"count": 2, "of": 3, "share": "2/3"}
    taxed = cleared - since
    assert whole["tax_time"] == {
        "count": 2,
        "sum_ms": taxed + 2000,
        "mean_ms": lowest(taxed + 2000, 2),
        "p50_ms": 2000,
        "p90_ms": taxed,
    }
    assert whole["total_time"]["p90_ms"] == 24 * 8 * HOUR_MS
    assert whole["total_time"]["p50_ms"] == HOUR_MS
    assert found["coverage"] == {
        "bank_coverage": {"count": 2, "of": 3, "share": "2/3"},
        "outlet_coverage": {"count": 2, "of": 3, "share": "2/3"},
        "office_coverage": {"count": 2, "of": 3, "share": "2/3"},
        "online_coverage": {"count": 1, "of": 2, "share": "1/2"},
    }


def test_before_anything_happened_shares_are_of_nothing() -> None:
    found = counted(recorded(offices=[], mortgage_banks=[], online_acts=[]))
    assert found["groups"] == []
    nothing = {"count": 0, "of": 0, "share": None}
    assert all(found["all"][name] == nothing for name in ("within_promise", "automatic", "good", "rated"))
    assert found["all"]["total_time"] == {
        "count": 0,
        "sum_ms": 0,
        "mean_ms": None,
        "p50_ms": None,
        "p90_ms": None,
    }
    assert all(one == nothing for one in found["coverage"].values())


@pytest.mark.parametrize(("count", "p50", "p90"), [(1, 1, 1), (2, 1, 2), (9, 5, 9), (10, 5, 9), (11, 6, 10)])
def test_percentiles_are_the_nearest_rank(count: int, p50: int, p90: int) -> None:
    town = recorded()
    for place in range(count):
        case = town.accepted("bank-a", mortgage_act(town.title(UNITS[place])))
        town.time += (place + 1) * HOUR_MS - 1000
        town.enter(case)
    found = counted(town)["all"]["total_time"]
    assert (found["p50_ms"], found["p90_ms"]) == (p50 * HOUR_MS, p90 * HOUR_MS)
    assert (math.ceil(count / 2), math.ceil(9 * count / 10)) == (p50, p90)


def test_a_period_takes_its_first_instant_and_not_its_end() -> None:
    town = recorded()
    case = town.accepted("bank-a", mortgage_act(town.title(UNITS[0])))
    at = town.case(case).applied_at
    town.time += DAY_MS
    town.enter(case)
    ended = town.case(case).decided_at
    assert ended is not None
    seen = {
        (start, end): counted(town, Period(start, end))["all"]
        for start, end in (
            (at, at + 1),
            (at - 1, at),
            (at + 1, ended),
            (ended, ended + 1),
            (ended + 1, ended + 2),
        )
    }
    facts = [(one["accepted"], one["entered"], one["open"]) for one in seen.values()]
    assert facts == [(1, 0, 1), (0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 0, 0)]


def test_a_day_in_china_begins_at_midnight_there() -> None:
    assert midnight(date(1970, 1, 1)) == -8 * HOUR_MS
    assert china(midnight(date(2026, 11, 22))) == date(2026, 11, 22)
    assert china(midnight(date(2026, 11, 22)) - 1) == date(2026, 11, 21)
    assert START - midnight(date(2026, 11, 22)) == 8 * HOUR_MS


def test_the_promise_is_that_of_the_day_of_acceptance() -> None:
    town = recorded(limit_days=1)
    case = town.accepted("bank-a", mortgage_act(town.title(UNITS[0])))
    town.govern("policy.set", {"policy": {**town_policy(town), "version": 2, "limit_days": 30}})
    town.time += 4 * DAY_MS
    town.enter(case)
    assert counted(town)["all"]["within_promise"] == {"count": 0, "of": 1, "share": "0/1"}


def town_policy(town: Recorded) -> Json:
    """Return the policy in force, as an event states it."""
    found: Json = json.loads(town.entries[0].raw)["event"]["body"]["data"]["policy"]
    return found


def test_every_figure_is_explained_in_both_languages() -> None:
    found = counted(busy(SEEDS[0], 40))
    figures = {*found["all"], *found["coverage"]} - {"ratings"}
    assert set(found["formulas"]) == figures == set(FORMULAS)
    assert all(any("\u4e00" <= char <= "\u9fff" for char in one["zh"]) for one in found["formulas"].values())


def test_nothing_is_a_float() -> None:
    def walk(value: Any) -> None:
        assert not isinstance(value, float)
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(one)

    walk(counted(busy(SEEDS[0], 120), by=("channel", "district")))
