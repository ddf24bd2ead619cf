"""Readings of other nodes' clocks, and how far this node's clock differs from them now.

A cosignature states, signed, the second in which it was made: a reading of its witness's clock, taken between the
request and the answer. The machine's steady clock, which nobody sets, carries it forward, so that a jump of the wall
clock is found without asking anyone. A reading is a range; the value in it that is nearest to agreement counts.
"""

from collections.abc import Callable, Mapping

import msgspec

from dengbu.ledger.law.calendar import SECOND_MS
from dengbu.ledger.log.trust import Verified
from dengbu.nodes.finality.quorum import Quorum
from dengbu.nodes.home import clock

ROUND_MS = 2_000  # another node may have been asked this much earlier in the same round
READING_MS_MAX = 3_600_000  # two steady clocks drift apart by some tenths of a second an hour


class _Reading(msgspec.Struct, frozen=True):
    """Bounds (ms) of how far a clock is ahead of this machine's steady clock; `taken` is the steady time of the reading."""

    least: int
    most: int
    taken: int


class Readings:
    """The newest reading of each clock, by its owner. `now_ms` is this node's wall clock; `steady_ms` never jumps."""

    def __init__(self, now_ms: Callable[[], int], steady_ms: Callable[[], int] = clock.steady_ms) -> None:
        self.now_ms = now_ms
        self.steady_ms = steady_ms
        self._newest: dict[str, _Reading] = {}

    def heard(self, who: str, shown: int, width: int, after: int, before: int) -> None:
        """Record that a clock showed `shown` to `shown + width` (ms UTC) between `after` and `before` (steady ms)."""
        self._newest[who] = _Reading(shown - before, shown + width - after, before)

    def off(self, now: int, taken_within: int | None = None) -> Mapping[str, int]:
        """Return by how many ms this node's clock, showing `now`, is ahead of each; negative if behind, 0 within doubt.

        With `taken_within`, only readings that are no older (ms) count.
        """
        steady = self.steady_ms()
        own = now - steady
        return {
            who: own - min(max(own, one.least), one.most)
            for who, one in list(self._newest.items())
            if taken_within is None or steady - one.taken <= taken_within
        }


def ahead(off: Mapping[str, int]) -> int | None:
    """Return by how many ms this node's clock is ahead of the others', by the median of `off`; None if it has none."""
    return sorted(off.values())[len(off) // 2] if off else None


class RoundClock:
    """Reads the cosigners' clocks on a node that sees only the final note of a round.

    Only rounds whose beginning this node saw count: after an absence, the others' cosignatures on the open round may be
    as old as the absence. `own` is the name of this node's cosigning key.
    """

    def __init__(self, readings: Readings, own: str) -> None:
        self._readings = readings
        self._own = own
        self._size = 0
        self._began = 0
        self._was_there = False

    def begin(self, size: int) -> None:
        """Note that a checkpoint of this size was seen."""
        if size > self._size:
            self._size, self._began = size, self._readings.steady_ms()

    def finish(self, verified: Verified) -> None:
        """Read the clocks of a round whose checkpoint became final."""
        net, size = verified.checkpoint.origin, verified.checkpoint.size
        if self._was_there and size == self._size:
            for name, second in verified.cosigners:
                if name != self._own:
                    after, before = self._began - ROUND_MS, self._readings.steady_ms()
                    who = name.removeprefix(f"{net}/")
                    self._readings.heard(who, second * SECOND_MS, SECOND_MS, after, before)
        self._was_there = True

    def lose_touch(self) -> None:
        """Note that this node was away: the round that becomes final next may have begun in its absence."""
        self._was_there = False


class Agreement:
    """Tells whether a quorum's clocks agree with this node's, so that it will cosign what this node dates.

    It tolerates as many false clocks as the quorum tolerates refusals.
    """

    def __init__(self, readings: Readings, quorum: Quorum, institution: str) -> None:
        self._readings = readings
        self._quorum = quorum
        self._institution = institution

    def moment(self) -> int | None:
        """Return this node's time (ms UTC) if a quorum agrees with it; None if not, or if too few were heard."""
        now = self._readings.now_ms()
        agreeing = [who for who, ms in self._heard(now).items() if abs(ms) <= self._quorum.tolerance_ms]
        own = self._institution in self._quorum.trust.witnesses
        return now if len(agreeing) + own >= self._quorum.needed else None

    def apart(self) -> str | None:
        """Return why no quorum can agree with this node's clock, and who differs by how much; None if one still may."""
        heard = self._heard(self._readings.now_ms())
        apart = {who: ms for who, ms in heard.items() if abs(ms) > self._quorum.tolerance_ms}
        if len(self._quorum.trust.witnesses) - len(apart) >= self._quorum.needed:
            return None
        told = ", ".join(f"{who} {ms / SECOND_MS:+.0f} s" for who, ms in sorted(apart.items()))
        return (
            f"本机时钟与会签机构不符，暂停排序 this node's clock is ahead (+) or behind (-) of the cosigners' ({told}): "
            "nothing is ordered until they agree; check chrony on all of them"
        )

    def _heard(self, now: int) -> Mapping[str, int]:
        found = self._readings.off(now, READING_MS_MAX)
        return {who: found[who] for who in self._quorum.trust.witnesses if who in found}
