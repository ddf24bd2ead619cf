"""Every registration the law knows is an act's file or an event here: who applies, rules, effects, and the articles.

A row is a registration in the words of the Interim Regulation and its Implementing Rules, with its name in the ledger,
the field that tells its kind where one act serves several, and the values of that field.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from dengbu.ledger import acts
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.register.members import Role
from dengbu.ledger.transition import EVENTS

FILES = sorted(path.stem for path in Path(str(acts.__file__)).parent.glob("*.py") if path.stem != "__init__")
Row = tuple[str, str, str, tuple[str, ...]]
ROWS: list[Row] = [
    # registration                          act or event             field     its values
    ("首次登记 first registration",           "unit.first",            "", ()),
    ("变更登记 alteration",                   "unit.alter",            "renamed", ()),
    ("变更登记: 坐落 location",               "unit.alter",            "location", ()),
    ("变更登记: 面积 area",                   "unit.alter",            "area_cm2", ()),
    ("变更登记: 用途 use",                    "unit.alter",            "use", ()),
    ("变更登记: 分割 split",                  "unit.split",            "", ()),
    ("变更登记: 合并 merge",                  "unit.merge",            "", ()),
    ("转移登记 transfer",                     "transfer",              "cause",
     ("sale", "gift", "exchange", "contribution", "merger", "share-change")),
    ("转移登记: 继承、受遗赠 succession",       "transfer",              "cause", ("inheritance", "legacy")),
    ("转移登记: 生效法律文书 judgment",         "transfer",              "cause", ("judgment",)),
    ("转移登记: 协助执行 court's order",       "transfer.order",        "cause", ("court-order",)),
    ("过户协助执行通知 transfer order",        "court.order",           "", ()),
    ("撤回过户协助执行 order revoked",         "court.revoke-order",    "", ()),
    ("注销登记 deregistration",               "unit.deregister",       "cause",
     ("loss", "waiver", "expropriation", "confiscation", "judgment")),
    ("更正登记 correction on request",        "correction",            "owners", ()),
    ("更正登记: 依职权 ex officio",            "correction",            "fault", ()),
    ("依职权更正: 通知 notice of an error",    "fault.tell",            "", ()),
    ("依职权更正: 公告 announcement",          "fault.announce",        "", ()),
    ("异议登记 objection",                    "objection.note",        "", ()),
    ("异议登记: 起诉证明 suit",               "objection.suit",        "", ()),
    ("异议注销登记 end of an objection",       "objection.close",       "", ()),
    ("预告登记 advance notice",               "notice.set",            "kind", ("presale", "sale", "mortgage", "presale-mortgage")),
    ("预告登记: 能够登记之日 ripe",            "notice.ripen",          "", ()),
    ("预告转本登记 conversion",               "notice.convert",        "", ()),
    ("预告注销登记 cancellation",             "notice.cancel",         "", ()),
    ("查封、轮候查封 seizure, waiting seizure", "court.seize",          "", ()),
    ("预查封 pre-seizure",                    "court.pre-seize",       "", ()),
    ("续封 renewal",                          "court.renew",           "", ()),
    ("解除查封 release",                      "court.release",         "", ()),
    ("抵押权首次登记 mortgage",               "mortgage.set",          "kind", ("ordinary", "maximum")),
    ("共同抵押权 joint mortgage",             "mortgage.set-joint",    "kind", ("ordinary", "maximum")),
    ("在建建筑物抵押权 construction mortgage", "mortgage.set-construction", "kind", ("ordinary", "maximum")),
    ("在建建筑物抵押转现 its conversion",      "mortgage.convert",      "", ()),
    ("抵押权变更登记: 数额 amount",            "mortgage.alter",        "amount", ("raised", "lowered")),
    ("抵押权变更登记: 期限 term",              "mortgage.alter",        "term", ("extended", "shortened")),
    ("抵押权变更登记: 范围 scope",             "mortgage.alter",        "scope", ("widened", "narrowed")),
    ("抵押权变更登记: 债务人 debtor",          "mortgage.alter",        "debtor", ("replaced",)),
    ("抵押权变更登记: 顺位 rank",              "mortgage.rank",         "", ()),
    ("最高额抵押权确定登记 fixing",            "mortgage.fix",          "ground", ()),
    ("抵押权转移登记 mortgage transferred",    "mortgage.transfer",     "", ()),
    ("抵押权注销登记 discharge",              "mortgage.discharge",    "", ()),
    ("共同抵押权注销登记 partial discharge",   "mortgage.discharge-joint", "", ()),
    ("居住权首次登记 habitation",             "habitation.set",        "ground", ("contract", "will", "judgment")),
    ("居住权注销登记 its discharge",          "habitation.discharge",  "", ()),
    ("地役权首次登记 easement",               "easement.set",          "dominant", ()),
    ("地役权注销登记 its discharge",          "easement.discharge",    "", ()),
    ("换证、补证 certificate replaced",        "certificate.replace",   "cause", ("damaged", "lost")),
    ("遗失公告 loss announced",               "loss.announce",         "", ()),
    ("权属争议、限制 dispute, freeze",         "mark.set",              "kind", ("dispute", "freeze")),
    ("解除争议、限制 lifting them",            "mark.lift",             "", ()),
    ("水电气联动过户 utility accounts",        "utilities.announce",    "accounts", ()),
]  # fmt: skip
NAMES = [row[1] for row in ROWS]
REGISTERED = (
    "court",
    "mark",
    "fault",
    "loss",
    "objection",
    "notice",
)  # families of events that enter something in the book


def literals(kind: Any) -> set[str]:
    """The strings that a type admits, through unions and annotations."""
    found: set[str] = set()
    for part in get_args(kind):
        found |= {part} if isinstance(part, str) else literals(part)
    return found


@pytest.mark.parametrize(("name", "field", "values"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_registration_is_there_with_who_applies_what_it_asks_and_why(
    name: str, field: str, values: tuple[str, ...]
) -> None:
    kind: Any = ACTS.get(name) or EVENTS[name]
    assert kind.applicants if name in ACTS else kind.senders
    assert kind.rules
    assert all(rule.law for rule in kind.rules)
    assert callable(kind.effects)
    shape = kind.type if name in ACTS else kind.data
    if field:
        admitted = literals(get_type_hints(shape, include_extras=True)[field])
        assert [one for one in values if one not in admitted] == []


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_one_file_of_its_name(name: str) -> None:
    module = import_module("dengbu.ledger.acts." + name.replace(".", "_").replace("-", "_"))
    assert module.KIND is ACTS[name]
    assert module.__doc__


def test_every_file_and_every_act_is_a_row() -> None:
    assert sorted(name.replace(".", "_").replace("-", "_") for name in ACTS) == FILES
    assert [name for name in ACTS if name not in NAMES] == []
    assert [name for name in EVENTS if name.partition(".")[0] in REGISTERED and name not in NAMES] == []


def test_what_courts_order_is_theirs_and_what_is_registered_the_registrys() -> None:
    ordered = [name for name in NAMES if name.startswith("court.")]
    assert all(EVENTS[name].senders == (Role.COURT,) for name in ordered)
    assert all(Role.REGISTRY in ACTS[name].applicants for name in NAMES if name in ACTS)
