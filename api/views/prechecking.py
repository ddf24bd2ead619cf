"""A pre-check 预检 of an application: what would become of it, and what is missing; counted, logged, and never written."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g

from dengbu.api.edge.encoding import reply
from dengbu.api.edge.spending import spend_personal_read, spend_unit_check
from dengbu.api.edge.state import state
from dengbu.api.views import results, writing
from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.cases.judging import typed, units_of
from dengbu.ledger.log.encoding import Malformed
from dengbu.nodes.private.package import PrivatePart


def precheck(data: Mapping[str, Any], private: Mapping[str, PrivatePart]) -> Response:
    """Return what would become of an application of this institution."""
    node = state().node
    spend_personal_read()
    for unit in units_of(node.register, typed(data["acts"])):
        spend_unit_check(unit)
    try:
        found = node.precheck(data, private, g.client.by)
    except Malformed as fault:
        raise writing.malformed(fault, fault.where) from fault
    except NotAdmitted as refusal:
        raise writing.not_admitted(refusal) from refusal
    body = {
        "handling": found.handling,
        "reasons": results.reasons({"reasons": [reason.as_json() for reason in found.reasons]}),
        "problems": writing.problems_shown(found.problems),
        "doubts": writing.problems_shown(found.doubts),
        "as_of": found.as_of,
    }
    return reply(body, headers={"Cache-Control": "no-store"})
