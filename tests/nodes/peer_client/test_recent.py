"""What a node remembers only while it runs."""

from dengbu.nodes.peer_client.freshness import Freshness, Recent


def test_it_is_as_of_now_while_there_is_no_trouble() -> None:
    fresh = Freshness()
    assert fresh.as_of(None, 5, 1_000) == 1_000
    assert fresh.as_of(None, 5, 2_000) == 2_000


def test_in_trouble_the_last_good_moment_stands_still() -> None:
    fresh = Freshness()
    fresh.as_of(None, 5, 1_000)
    assert fresh.as_of("alone", 5, 2_000) == 1_000
    assert fresh.as_of("alone", 5, 9_000) == 1_000


def test_a_block_that_comes_in_trouble_moves_it_on() -> None:
    fresh = Freshness()
    fresh.as_of(None, 5, 1_000)
    assert fresh.as_of("no finality", 1_500, 2_000) == 1_500


def test_a_node_in_trouble_from_its_start_is_as_old_as_its_newest_block() -> None:
    assert Freshness().as_of("alone", 700, 2_000) == 700


def test_the_oldest_pair_is_forgotten_beyond_the_limit() -> None:
    recent = Recent(2)
    for number in range(3):
        recent.add(("bank-a", str(number)))
    assert [("bank-a", str(number)) in recent for number in range(3)] == [False, True, True]
