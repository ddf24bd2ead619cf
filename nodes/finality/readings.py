"""What others' clocks showed, and by how much this node's differs from them now.

A cosignature states, signed, the second in which it was made: a reading of its witness's clock, taken between the question
and the answer. The machine's steady clock, which nobody sets, carries it forward, so that a wall clock that jumps is found
without asking anyone. A reading is a range; of what it allows, the value nearest to agreement counts.
"""

from collections.abc import Callable, Mapping

import msgspec

from dengbu.ledger.log.trust import Verified
from dengbu.nodes.finality.quorum import Quorum
from dengbu.nodes.home import clock

SECOND_MS = 1_000
ROUND_MS = 2_000  # by so much sooner than this node another one may have been asked in the same round
READING_MS_MAX = 3_600_000  # in an hour two steady clocks part by some tenths of a second


class _Reading(msgspec.Struct, frozen=True):
    """By how much another's clock is ahead of this machine's steady clock, at least and at most; `taken` by the latter, ms."""

    least: int
    most: int
    taken: int


class Readings:
    """The newest reading of each clock, by who showed it. `now_ms` is this node's wall clock, `steady_ms` never jumps."""

    def __init__(self, now_ms: Callable[[], int], steady_ms: Callable[[], int] = clock.steady_ms) -> None:
        self.now_ms = now_ms
        self.steady_ms = steady_ms
        self._newest: dict[str, _Reading] = {}

    def heard(self, who: str, shown: int, width: int, after: int, before: int) -> None:
        """A clock showed `shown` to `shown + width` (ms UTC) at a moment between `after` and `before` (steady ms)."""
        self._newest[who] = _Reading(shown - before, shown + width - after, before)

    def off(self, now: int, taken_within: int | None = None) -> Mapping[str, int]:
        """By how many ms this node's clock, showing `now`, is ahead of each; negative if behind, 0 where within doubt.

        With `taken_within`, only of readings that are no older (ms).
        """
        steady = self.steady_ms()
        own = now - steady
        return {
            who: own - min(max(own, one.least), one.most)
            for who, one in list(self._newest.items())
            if taken_within is None or steady - one.taken <= taken_within
        }


class RoundClock:
    """Reads the clocks of those who cosigned, on a node that only sees the final note of a round.

    It counts the rounds whose beginning this node saw: when it comes back after an absence, the others' cosignatures on the
    round that is open may be as old as the absence. `own` is the name of this node's cosigning key.
    """

    def __init__(self, readings: Readings, own: str) -> None:
        self._readings = readings
        self._own = own
        self._size = 0
        self._began = 0
        self._was_there = False

    def begin(self, size: int) -> None:
        """A checkpoint of this size is seen."""
        if size > self._size:
            self._size, self._began = size, self._readings.steady_ms()

    def finish(self, verified: Verified) -> None:
        """A checkpoint became final."""
        net, size = verified.checkpoint.origin, verified.checkpoint.size
        if self._was_there and size == self._size:
            for name, second in verified.cosigners:
                if name != self._own:
                    after, before = self._began - ROUND_MS, self._readings.steady_ms()
                    who = name.removeprefix(f"{net}/")
                    self._readings.heard(who, second * SECOND_MS, SECOND_MS, after, before)
        self._was_there = True

    def lose_touch(self) -> None:
        """What becomes final next may have begun while this node was away."""
        self._was_there = False


class Agreement:
    """Whether a quorum of those who cosign have clocks that agree with this node's: they will cosign what it dates.

    As many may lie about the time as may refuse to cosign; a lie of fewer changes nothing.
    """

    def __init__(self, readings: Readings, quorum: Quorum, institution: str) -> None:
        self._readings = readings
        self._quorum = quorum
        self._institution = institution

    def moment(self) -> int | None:
        """The time (ms UTC) by this node's clock, if a quorum agrees with it; None if not, or if too few were heard."""
        now = self._readings.now_ms()
        agreeing = [who for who, ms in self._heard(now).items() if abs(ms) <= self._quorum.tolerance_ms]
        own = self._institution in self._quorum.trust.witnesses
        return now if len(agreeing) + own >= self._quorum.needed else None

    def apart(self) -> str | None:
        """Why no quorum can agree with this node's clock, with who differs by how much; None if one still may."""
        heard = self._heard(self._readings.now_ms())
        apart = {who: ms for who, ms in heard.items() if abs(ms) > self._quorum.tolerance_ms}
        if len(self._quorum.trust.witnesses) - len(apart) >= self._quorum.needed:
            return None
        told = ", ".join(f"{who} {ms / SECOND_MS:+.0f} s" for who, ms in sorted(apart.items()))
        return (
            f"本机时钟与会签机构不符,暂停排序 this node's clock is ahead (+) or behind (-) of the cosigners' ({told}): "
            "nothing is ordered until they agree; check chrony here and there"
        )

    def _heard(self, now: int) -> Mapping[str, int]:
        found = self._readings.off(now, READING_MS_MAX)
        return {who: found[who] for who in self._quorum.trust.witnesses if who in found}
