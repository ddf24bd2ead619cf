"""The problems that an institution's own checks find: a code, a place, Chinese and English words; never a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The reasons, by code, for which the automatic desk hands a case over to a person: first the problems that prevent
# signing and do not go away by themselves, then the doubts that only a person should decide.
LASTING: Mapping[str, tuple[str, str]] = {
    "bad-identity": ("证件号码不符合标准", "an identity number does not meet its standard"),
    "identity-mismatch": ("身份与登记的权利人不符", "the persons are not the holders of the right"),
    "payload-erased": ("材料已依法删除", "the payload has been erased"),
    "payload-mismatch": ("材料与承诺值不符", "the payload does not match its commitment"),
    "payload-shape": ("材料结构不符", "the payload does not have the shape that its name requires"),
    "seller-kind": (
        "申报的转让方类型与证件种类不符",
        "the seller's identity documents do not match the declared kind of seller",
    ),
}
DOUBTS: Mapping[str, tuple[str, str]] = {
    "parties-missing": (
        "申报材料未列明当事人，自动登簿无法核对身份及年龄",
        "the application does not name the parties, so the automatic desk cannot check identity and age",
    ),
    "role-unasked": (
        "申报材料列有申请事项之外的当事人",
        "the application names persons in a role that its acts do not involve",
    ),
    "name-missing": ("当事人未写明姓名或者名称", "the name of a party is missing"),
    "part-repeated": (
        "同名材料不止一份，以何者为准须由人工认定",
        "there is more than one part of this name: a person must decide which one counts",
    ),
    "terms-missing": ("申报材料缺少担保债权的数额", "the application does not state the amount secured"),
    "terms-shape": (
        "担保债权的数额应为大于零的整数(分)",
        "the amount secured must be a whole number of fen above zero",
    ),
    "contract-missing": ("申报材料缺少合同", "the application does not include the contract"),
    "contract-shape": (
        "合同价款应为整数(分)，有偿的应大于零",
        "the price must be a whole number of fen, above zero if anything is paid",
    ),
    "paper-to-see": (
        "依据文书办理而非由受影响的全体权利人申请，须由人工核对文书",
        "the case rests on a document, not on all who lose by it: a person must see the document",
    ),
    "agreed-by-others": (
        "称他人已书面同意，须由人工核对",
        "others are said to have agreed in writing: a person must check this",
    ),
    "second-mortgage": (
        "同一抵押权人在该不动产上已有抵押权",
        "the same mortgagee already has a mortgage on the unit",
    ),
    "land-seized": ("所在宗地已被查封", "the land that the building stands on is seized"),
    "acted-for": (
        "委托代理或者监护，须核对原件",
        "somebody acts for a party: a person must see the document",
    ),
    "minor": ("当事人未满十八周岁", "a party is under eighteen"),
    "persons-alike": ("姓名或证件号相同而非同一人", "two persons share a name or a number"),
}
WORDS = {**LASTING, **DOUBTS}


@dataclass(frozen=True)
class Finding:
    """One finding: a stable code, its place (part or unit), and Chinese and English words."""

    code: str
    where: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} {self.en} [{self.code}] {self.where}"


def said(code: str, where: str) -> Finding:
    """Return the finding with the words of its code."""
    return Finding(code, where, *WORDS[code])


def worded(reason: str) -> str:
    """Return a reason of the automatic desk for people to read; the log holds only the code of a doubt."""
    if reason not in WORDS:
        return reason
    zh, en = WORDS[reason]
    return f"{zh} {en} [{reason}]"


class Blocked(Exception):
    """This institution must not sign; `problems` lists everything that is wrong."""

    def __init__(self, problems: Sequence[Finding]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
