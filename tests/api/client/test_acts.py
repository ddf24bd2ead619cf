"""The command's words name every act of the catalogue; an act they do not know is shown by its tag."""

import pytest

from dengbu.api.client.acts import title
from dengbu.ledger.catalogue import ACTS


@pytest.mark.parametrize("tag", ACTS)
def test_every_act_of_the_catalogue_is_called_something(tag: str) -> None:
    called = ACTS[tag].title
    assert title(tag) == f"{called.zh} {called.en}"


def test_an_act_of_another_release_is_called_by_its_tag() -> None:
    assert title("demolish") == "demolish"
