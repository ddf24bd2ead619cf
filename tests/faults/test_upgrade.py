"""All members stop after the same height, as docs/deploy.md says, make their changes, and go on from there."""

from dengbu.nodes.store.reads import Reads
from tests.faults.city_of_hosts import FOUNDERS, City, needs_hosts, submitted
from tests.scripts.small_town import SmallTown
from tests.waiting import until

pytestmark = needs_hosts
AHEAD = 8  # blocks until the stop


def height(city: City, id: str) -> int:
    """Return the height of the last block a node has committed, read from its store."""
    with Reads(city.home(id)) as reads:
        return reads.load_head().height


def stops(city: City, id: str) -> bool:
    """Return whether a node says that it has stopped as planned."""
    return "planned stop after height" in str(city.trouble(id))


def again(city: City, id: str) -> None:
    """Restart node and engine of a host."""
    city.end(id)
    city.start(id)


def test_all_stop_after_one_height_and_go_on_from_there(city: City, small: SmallTown) -> None:
    body = small.mortgage(small.title())
    city.agree()
    stop = height(city, "hz-tax") + AHEAD
    for id in FOUNDERS:
        city.do("stop-after", id, HEIGHT=str(stop))
        again(city, id)
        until(lambda id=id: city.trouble(id) is None or stops(city, id), lambda id=id: city.trouble(id))

    def stopped() -> bool:
        submitted(city, "bank-a", f"up-to-{len(city.entries('bank-a'))}", body)
        return all(stops(city, id) for id in FOUNDERS)

    until(stopped, lambda: [(height(city, id), city.trouble(id)) for id in FOUNDERS])
    assert {height(city, id) for id in FOUNDERS} == {stop}
    refused = submitted(city, "bank-a", "while-stopped", body)
    assert refused is not None
    entries = city.entries("bank-b")
    assert all(city.entries(id) == entries for id in FOUNDERS)
    for id in FOUNDERS:
        city.do("go-on", id)
        again(city, id)
    for id in FOUNDERS:
        until(lambda id=id: city.trouble(id) is None, lambda id=id: (city.trouble(id), city.said(id)))
    assert submitted(city, "bank-a", "after-stop", body) is None
    until(lambda: ("bank-a", "after-stop") in city.names("bank-b"), lambda: city.health("bank-b"))
    city.agree()
    assert height(city, "bank-b") > stop
    assert city.entries("bank-b")[: len(entries)] == entries
