"""How often a key may write and read personal data: a counter's day fits, a key gone wild is stopped, and nobody else."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from dengbu.nodes.home.rate_limits import OFFICER_PERSONAL_READS, OFFICER_WRITES, Rate, RateLimits
from tests.api.routes.test_tax import sale
from tests.api.town import Town, town
from tests.api.views.test_writing import REFUSED

SALES, WISHED = 30, 100
FEW = RateLimits(
    officer_writes=Rate(burst=2, per_minute=1),
    officer_personal_reads=Rate(burst=3, per_minute=20),
)
ASKED = {"unit": "441302001001GB00099F00010001", "id_type": "2", "id_no": "TEST0000009"}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A network of three whose nodes let one person's key do little."""
    members = {"hz-registry": "registry", "hz-tax": "tax", "bank-a": "bank"}
    with town(tmp_path_factory.mktemp("narrow"), members, FEW) as made:
        yield made


def left(answer: TestResponse, policy: str) -> int:
    """What an answer says is left of a policy."""
    found = re.search(rf'"{policy}";r=([0-9]+);t=[0-9]+', answer.headers["RateLimit"])
    assert found is not None, answer.headers["RateLimit"]
    return int(found[1])


def reference(town: Town, scope: str = "officer", institution: str = "hz-registry") -> TestResponse:
    return town.caller(institution, scope).call("POST", "/v1/holder-references", ASKED)


def test_thirty_sales_in_a_row_pass_at_one_key_and_a_hundred_would(city: Town) -> None:
    counter = city.caller("hz-registry")
    before = left(reference(city), "personal-reads"), OFFICER_WRITES.burst
    for _ in range(SALES):
        title = city.title()
        number = sale(city, title)
        answers = [
            counter.get(f"/v1/certificates/{quote(title['certificate'])}"),
            counter.get(f"/v1/cases/{number}/private?purpose=acceptance"),
            counter.post(f"/v1/cases/{number}/withdraw"),
        ]
        assert [one.status_code for one in answers] == [200, 200, 201], [one.text for one in answers]
    used = before[0] - left(answers[1], "personal-reads"), before[1] - left(answers[2], "writes")
    assert used[0] > 0
    assert used[0] * WISHED <= OFFICER_PERSONAL_READS.burst * SALES
    assert used[1] * WISHED <= OFFICER_WRITES.burst * SALES


def test_a_key_gone_wild_is_stopped_and_told_when_to_come_again(narrow: Town) -> None:
    answers = [reference(narrow) for _ in range(20)]
    codes = [one.status_code for one in answers]
    assert codes[:3] == [200, 200, 200]
    assert codes.count(429) >= 16, codes
    first, stopped = answers[0], answers[-1]
    assert first.headers["RateLimit-Policy"] == '"personal-reads";q=3;w=9'
    assert left(first, "personal-reads") == 2
    assert left(stopped, "personal-reads") == 0
    assert 1 <= int(stopped.headers["Retry-After"]) <= 3
    told = stopped.get_json()
    assert told["code"] == "too-many-requests"
    assert "personal-reads" in told["detail_zh"]
    assert "20 more a minute" in told["detail_en"]
    assert ASKED["id_no"] not in stopped.text


def test_another_key_is_not_slowed_down_by_it(narrow: Town) -> None:
    while reference(narrow).status_code != 429:
        pass
    answer = reference(narrow, "system")
    assert answer.status_code == 200
    assert answer.headers["RateLimit-Policy"] == '"personal-reads";q=2000;w=200'
    assert narrow.caller("hz-registry").get("/v1/institutions").status_code == 200


def test_writes_are_counted_apart_and_a_body_that_is_no_application_spends_none(narrow: Town) -> None:
    caller = narrow.caller("bank-a")
    unread = [caller.post("/v1/cases", {}) for _ in range(4)]
    assert [one.status_code for one in unread] == [422] * 4
    assert not any("RateLimit" in one.headers for one in unread)
    spent = [caller.post("/v1/cases", REFUSED) for _ in range(3)]
    assert [one.status_code for one in spent] == [422, 422, 429]
    assert [left(one, "writes") for one in spent] == [1, 0, 0]
    assert int(spent[2].headers["Retry-After"]) > 30
    assert narrow.caller("bank-a", "system").post("/v1/cases", REFUSED).status_code == 422


def test_a_reading_that_is_not_counted_says_nothing_of_limits(narrow: Town) -> None:
    assert "RateLimit" not in narrow.caller("bank-a").get("/v1/institutions").headers


def test_what_node_toml_says_is_read_from_the_home(narrow: Town, tmp_path: Path) -> None:
    assert narrow.nodes["bank-a"].config.limits == FEW
