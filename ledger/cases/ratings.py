"""Ratings 好差评: the applicant rates the handling of a decided case, once, in five grades.

Citizens rate at the window or online; the institution that took the application, or the registry, signs for them. A
rating changes neither the decision nor the register book. `dengbu.ledger.advisory.efficiency` evaluates the ratings.
"""

import msgspec

from dengbu.ledger.cases.cases import actor_is_no_party, case_is_unknown, found
from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.records import ACCEPTED
from dengbu.ledger.register.shapes import CaseNumber, Score
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View

GOOD = 3  # the lowest grade that counts as good


class CaseRate(Data, frozen=True, forbid_unknown_fields=True):
    """A rating: the case, and one of five grades, 5 the best."""

    case: CaseNumber
    score: Score


def case_is_open(view: View[CaseRate]) -> bool:
    """The case is undecided: there is nothing to rate yet."""
    case = found(view)
    return case is not None and case.state == ACCEPTED


def case_is_rated(view: View[CaseRate]) -> bool:
    """The case has its rating."""
    case = found(view)
    return case is not None and case.rating is not None


RATE: tuple[Rule[View[CaseRate]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.GBF_2019_51,), case_is_unknown),
    Rule(Code.NOT_APPLICANT, (law.GBF_2019_51,), actor_is_no_party),
    Rule(Code.CASE_UNDECIDED, (law.GBF_2019_51,), case_is_open),
    Rule(Code.CASE_RATED, (law.GBF_2019_51,), case_is_rated),
)


def _rate(view: View[CaseRate]) -> Effects:
    case = found(view)
    assert case is not None
    rated = msgspec.structs.replace(case, rating=view.data.score, version=case.version + 1)
    return Effects("recorded", (rated,), {"case": case.number, "score": view.data.score})


KIND = EventKind(
    type="case.rate",
    title=Title("好差评", "rating"),
    senders=roles.REGISTRY_BANK,
    signed_by=KeyClass.EVENT,
    open=False,
    compared=Compared.NOTHING,
    does=Does.RATES,
    parts={},
    data=CaseRate,
    rules=RATE,
    effects=_rate,
)
