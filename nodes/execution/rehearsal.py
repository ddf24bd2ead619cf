"""A dry run: what the rules would decide on an event if it were the next one, without ordering or writing it."""

from dengbu.ledger.admission import admit
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.rules.rule import LogPosition
from dengbu.ledger.transition import Decision, judge
from dengbu.nodes.execution.application import Application


def rehearse(application: Application, raw: bytes, now: int) -> Decision:
    """Return the decision on this node's own envelope at the end of the committed log; `now` is UTC ms.

    Signatures are not verified, since this node made the envelope a moment ago, perhaps under `envelope.unsigned`.
    Raises `NotAdmitted`, or Malformed for bytes that are no envelope.
    """
    register, head = application.register, application.head
    at = LogPosition(index=head.size, height=head.height + 1, time=max(now, head.time + 1))
    event = admit(register, application.net, parse_envelope(raw), at, verify=_taken_as_made)
    return judge(register, event, at)


def _taken_as_made(public: bytes, message: bytes, signature: bytes) -> bool:
    return True
