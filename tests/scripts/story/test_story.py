"""The whole story of the demo on four node processes; nothing personal lies where it should not."""

import json
from collections.abc import Iterator

import pytest

from dengbu.api.client import Client
from dengbu.scripts import story
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.story import dealings, stage
from dengbu.scripts.story.narrator import Narrator
from dengbu.scripts.titles import city
from tests.scripts.engine_tests import EVERY_ENGINE

SEED = 7
UNITS = 60
NODES = (stage.REGISTRY, stage.TAX, stage.BANK_A, stage.BANK_B)


@pytest.fixture(scope="module", params=EVERY_ENGINE)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[story.Story]:
    """The story with scenes a to f told; its network is still up."""
    print(f"seed {SEED}")  # noqa: T201  (seeds are printed)
    folder = tmp_path_factory.mktemp("story")
    with Devnet.create(folder / "net", banks=2, seed=SEED, engine=request.param) as net:
        net.start()
        made = story.Story(net, Narrator(as_json=False), SEED, UNITS, folder)
        story.tell(made)
        yield made


def secrets_of(told: story.Story) -> set[bytes]:
    """Return every name, document number, address and amount that the story used."""
    rows = (told.folder / "titles.csv").read_text(encoding="utf-8-sig").splitlines()
    header, *lines = (row.split(",") for row in rows)
    columns = [header.index(name) for name in ("QLRMC", "ZJH", "ZL")]
    found = {line[column].encode() for line in lines for column in columns}
    amounts = (dealings.LOAN_FEN, dealings.PRICE_FEN, dealings.DEED_FEN, dealings.IIT_FEN)
    # A two-character name has six bytes and may occur in an office's name by chance; longer ones may not.
    return {one for one in found if len(one) > 6} | {str(amount).encode() for amount in amounts}


def test_no_file_of_any_node_holds_a_name_a_number_an_address_or_an_amount(told: story.Story) -> None:
    wanted = secrets_of(told)
    assert len(wanted) > UNITS
    homes = [told.net.home(node) for node in NODES]
    files = [path for home in homes for path in home.rglob("*") if path.is_file()]
    files += [told.net.layout.log(node) for node in NODES]
    assert len(files) > 4 * len(NODES)
    leaks = [(path.name, one.decode()) for path in files for one in wanted if one in path.read_bytes()]
    assert leaks == []


def test_the_search_finds_what_it_is_given(told: story.Story) -> None:
    csv = (told.folder / "titles.csv").read_bytes()
    assert sum(one in csv for one in secrets_of(told)) > UNITS


@pytest.mark.parametrize("node", [stage.TAX, stage.BANK_B])
def test_no_answer_of_another_node_holds_anything_personal(told: story.Story, node: str) -> None:
    wanted = secrets_of(told)
    with told.client(node) as client:
        seen = json.dumps(list(_answers(client)), ensure_ascii=False).encode()
    assert len(seen) > 500
    assert [one.decode() for one in wanted if one in seen] == []


def _answers(client: Client) -> Iterator[object]:
    yield client.get("/v1/events")
    yield client.get("/v1/cases")
    yield client.get("/v1/institutions")
    for path in ("/metrics", "/healthz"):
        yield client.transport.get(path, accept="text/plain").body.decode()


def test_a_certificate_number_alone_mortgages_no_home(told: story.Story) -> None:
    title = told.title(stage.single_dwelling)
    with told.client(stage.BANK_A) as bank:
        shown = bank.certificates.get(title["certificate"])
        act = {
            "act": "mortgage.set",
            "unit": title["unit"],
            "right": shown.right,
            "mortgagee": stage.BANK_A,
        }
        act |= {"kind": "ordinary", "no_transfer": False, "consent": [one["ref"] for one in shown.holders]}
        asked = bank.cases.apply(district=city.DISTRICT, channel="outlet", acts=[act], wait=stage.WAIT_S)
        case = bank.cases.get(str(asked.number))
        assert case.applied is not None
        next_entry = next(iter(bank.events(after=case.applied, case=case.number)))
        case = bank.cases.get(str(asked.number))
    assert next_entry.type == "case.hand-over"
    assert (case.state, case.handed_over) == ("accepted", ("parties-missing", "terms-missing"))


def test_every_receipt_kept_stands_and_the_edited_node_is_found(told: story.Story) -> None:
    assert len(told.kept) >= 5
    story.scene_tampering(told)  # ends one node
    told.net.stop()
    story.scene_offline(told)
    assert [member.id for member in told.net.members.values() if member.running] == []
