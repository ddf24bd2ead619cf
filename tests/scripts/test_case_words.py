"""The terminal shows a case with the name of each of its acts, for every act there is."""

from dengbu.api.client import Case, Precheck
from dengbu.api.client.acts import is_taxed
from dengbu.ledger.catalogue import ACTS
from dengbu.scripts.commands.case_check import check_lines
from dengbu.scripts.commands.case_parts import case_lines


def test_each_act_of_a_case_is_shown_by_its_title() -> None:
    case = Case(number="441302-20261122-000001", state="accepted", acts=tuple({"act": tag} for tag in ACTS))
    lines = [line.strip() for line in case_lines(case) if line.startswith("登记行为")]
    titles = [f"{kind.title.zh} {kind.title.en}" for kind in ACTS.values()]
    assert lines == [f"登记行为 act       {title}" for title in titles]
    assert "登记行为 act       水电气联动过户 joint change of water, power and gas accounts" in lines


def test_an_act_of_another_release_is_shown_by_its_tag() -> None:
    case = Case(number=None, state="pending", acts=({"act": "demolish", "unit": "U"},))
    assert "登记行为 act       demolish U" in list(case_lines(case))


def test_a_check_speaks_of_taxes_only_where_an_act_is_taxed() -> None:
    found = Precheck(handling="automatic", as_of=1)
    for tag, says in (
        ("transfer", "但须先完税 once its taxes are cleared"),
        ("mortgage.set", "would enter it"),
    ):
        assert next(check_lines(found, taxed=is_taxed(tag))).endswith(says)
    assert not is_taxed("demolish")
