"""Four institutions on four hosts with their own addresses: the network is cut in parts, and joined again."""

import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.docs.manual import DOCUMENT
from tests.faults.city_of_hosts import FOUNDERS, City, needs_hosts, submitted
from tests.faults.hosts import TRUNK, cable
from tests.scripts.small_town import SmallTown
from tests.waiting import until

pytestmark = needs_hosts
Name = tuple[str, str]


def tell(*what: object) -> None:
    """Print what was seen, for whoever reads the output."""
    sys.stdout.write(" ".join(map(str, what)) + "\n")


def refused(city: City, ids: Sequence[str], name: str, body: Mapping[str, Any]) -> set[Name]:
    """File an application that each node takes while it knows of no fault; then one that it must refuse, saying why."""
    for id in ids:
        assert submitted(city, id, f"{name}-taken", body) is None
    for id in ids:
        until(lambda id=id: says_why(city, id), lambda id=id: city.health(id))
        fault = submitted(city, id, f"{name}-refused", body)
        assert fault is not None
        assert gives_reason(str(fault.problem)), "the answer itself says why"
    return {(id, f"{name}-taken") for id in ids}


def says_why(city: City, id: str) -> bool:
    """Return whether a node says that it cannot have events ordered."""
    return gives_reason(str(city.trouble(id)))


def gives_reason(text: str) -> bool:
    """Return whether a text says that events cannot be ordered now, and why."""
    return "nothing has been ordered" in text or "too few institutions" in text


def final(city: City, id: str, key: str, body: Mapping[str, Any]) -> dict[Name, int]:
    """File an application that must become final; return where its entry is."""
    with city.client(id) as client:
        outcome = client.cases.apply(key=key, wait=20, **body).outcome
    assert outcome.final
    return {(id, key): outcome.index}


def healed(city: City, told: Mapping[Name, int], taken: set[Name]) -> None:
    """Check, with the cable back: all agree, final entries are where they were, and each taken event is there once."""
    began = time.monotonic()
    for id in FOUNDERS:
        until(lambda id=id: city.trouble(id) is None, lambda id=id: city.health(id))
    tell(f"all take events {time.monotonic() - began:.1f} s after the cable is in")
    until(lambda: taken <= set(city.names("hz-tax")), lambda: taken - set(city.names("hz-tax")))
    size = city.agree()
    tell(f"all agree {time.monotonic() - began:.1f} s after the cable is in")
    for id in FOUNDERS:
        names = city.names(id)
        assert len(names) == len(set(names)) >= size
        assert not any(name[1].endswith("-refused") for name in names)
        assert {name: names.index(name) for name in told} == told


def others(id: str) -> tuple[str, ...]:
    """Return all founders but one."""
    return tuple(one for one in FOUNDERS if one != id)


def test_what_one_host_submits_is_final_on_all_four(city: City, small: SmallTown) -> None:
    title = small.title()
    with city.client("bank-a") as client:
        case = client.cases.apply(key="first", wait=20, **small.mortgage(title))
    assert case.outcome.final
    assert city.agree() > case.outcome.index
    for id in FOUNDERS:
        with city.client(id, "audit") as client:
            assert client.receipts.get(case.outcome.index).id == "first"


def test_the_commands_that_look_after_it_find_it_well(city: City) -> None:
    for id in FOUNDERS:
        assert '"ready":true' in city.do("check", id).replace(" ", "")
        assert city.do("engine", id).split()[:2] == ["cometbft", "start"]


def test_checks_and_figures_are_those_the_document_names(city: City) -> None:
    section = DOCUMENT.read_text(encoding="utf-8").partition("## 9.")[2].partition("## 10.")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`([a-z_-]+)`", cell)}
    with city.client("bank-a") as client:
        text = client.transport.get("/metrics", accept="text/plain").body.decode()
    figures = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)) - {"dengbu_check_ok"}
    shown = dict(re.findall(r'^dengbu_check_ok\{check="([a-z-]+)"\} ([01])\.0$', text, re.MULTILINE))
    assert set(shown) == set(city.health("bank-a"))
    assert shown["engine"] == "1"
    assert named == figures | set(shown)


def test_the_three_go_on_and_the_one_cut_off_refuses_and_reads(city: City, small: SmallTown) -> None:
    title = small.title()
    before = city.agree()
    with city.lan.cut(cable(city.hosts["bank-b"])):
        began = time.monotonic()
        told = final(city, "bank-a", "go-on", small.mortgage(title))
        small.title()  # the registry imports a title
        taken = refused(city, ["bank-b"], "alone", small.mortgage(title, "bank-b"))
        tell(f"bank-b refuses {time.monotonic() - began:.1f} s after its cable was pulled")
        assert city.head("bank-b") == (before, city.root("bank-a", before))
        with city.client("bank-b", "audit") as client:
            assert client.receipts.get(before - 1).index == before - 1
        age = city.age_s("bank-b")
        assert age >= 1, "its reads go on and say since when it knows nothing new"
        tell(f"its state is said to be {age:.0f} s old")
        assert city.agree(others("bank-b")) > before
    healed(city, told, taken)


@pytest.mark.parametrize("id", ["hz-tax", "bank-a"])
def test_so_may_the_others_be_cut_off(city: City, small: SmallTown, id: str) -> None:
    title, filer = small.title(), "bank-b" if id == "bank-a" else "bank-a"
    city.agree()
    with city.lan.cut(cable(city.hosts[id])):
        told = final(city, filer, f"without-{id}", small.mortgage(title, filer))
        city.agree(others(id))
    healed(city, told, set())


def test_without_the_registry_the_others_order_and_what_they_order_becomes_final_later(
    city: City, small: SmallTown
) -> None:
    title = small.title()
    before = city.agree()
    with city.lan.cut(cable(city.hosts["hz-registry"])):
        assert submitted(city, "bank-a", "no-registry", small.mortgage(title)) is None
        until(lambda: ("bank-a", "no-registry") in city.names("bank-b"), lambda: city.health("bank-b"))
        taken = refused(city, ["hz-registry"], "alone", small.mortgage(title))
        assert {city.head(id)[0] for id in others("hz-registry")} == {before}, "no checkpoint, nothing final"
    healed(city, {}, {("bank-a", "no-registry"), *taken})


def test_of_two_halves_neither_takes_a_write_for_long_and_both_read(city: City, small: SmallTown) -> None:
    title = small.title()
    before = city.agree()
    with city.lan.cut(TRUNK):
        taken = refused(city, ("hz-registry", "bank-a", "bank-b"), "half", small.mortgage(title))
        assert {city.head(id)[0] for id in FOUNDERS} == {before}
        assert not [one for id in FOUNDERS for one in city.names(id) if one in taken], "nothing was ordered"
    healed(city, {}, taken)


def test_engines_that_have_given_up_on_each_other_are_brought_together_by_their_nodes(
    city: City, small: SmallTown
) -> None:
    """After some time CometBFT dials its peers no more; an engine configured without peers is in that state at once."""
    city.agree()
    for id in FOUNDERS:
        city.end(id)
        path = city.home(id) / "cometbft/config/config.toml"
        path.write_text(
            re.sub(r"^persistent_peers = .*$", 'persistent_peers = ""', path.read_text(), flags=re.MULTILINE)
        )
    city.start(*FOUNDERS)
    began = time.monotonic()
    for id in FOUNDERS:
        until(lambda id=id: city.trouble(id) is None, lambda id=id: (city.trouble(id), city.said(id)))
    until(lambda: all(city.health(id)["away"]["ok"] for id in FOUNDERS), lambda: city.health("bank-a"))
    tell(f"all are connected {time.monotonic() - began:.1f} s after the last has started")
    final(city, "bank-b", "together-again", small.mortgage(small.title(), "bank-b"))
    for id in FOUNDERS:
        city.do("engine", id)
        assert f"@{city.hosts['bank-a'].address}:26656" in engine_config(city, id) or id == "bank-a"


def engine_config(city: City, id: str) -> str:
    """Return the configuration of a host's engine."""
    return (city.home(id) / "cometbft/config/config.toml").read_text()
