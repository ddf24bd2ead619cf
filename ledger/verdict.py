"""Refusals as numbered values: a number is never reused and never changes its meaning.

1xxx admission and authority, 2xxx cases, 3xxx units and rights, 4xxx mortgages, 5xxx tax, 6xxx courts, 7xxx the network.
The name of a code on the log is the enum's name in kebab case.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from ledger.law import Article


class Code(IntEnum):
    """Why something is not admitted (11xx) or refused."""

    MALFORMED = 1101
    WRONG_NETWORK = 1102
    UNKNOWN_ACTOR = 1103
    UNKNOWN_KEY = 1104
    KEY_NOT_VALID = 1105
    WRONG_KEY_CLASS = 1106
    BAD_SIGNATURE = 1107
    ACTOR_DID_NOT_SIGN = 1108
    EXPIRED = 1109
    NOT_AFTER_TOO_FAR = 1110
    UNKNOWN_TYPE = 1111
    MALFORMED_DATA = 1112
    UNKNOWN_RECIPIENT = 1113
    REUSED_ID = 1114
    NOT_AUTHORISED = 1201
    INSTITUTION_SUSPENDED = 1202

    CASE_UNKNOWN = 2001
    CASE_DECIDED = 2002
    NOT_APPLICANT = 2003
    NOT_COMPETENT = 2004
    EARLIER_CASE = 2005
    ACT_REPEATED = 2006
    ALREADY_REVIEWED = 2007
    ALREADY_ENTERED = 2008

    BAD_UNIT_CODE = 3001
    UNIT_UNKNOWN = 3002
    UNIT_REGISTERED = 3003
    RIGHT_UNKNOWN = 3004
    RIGHT_ENDED = 3005
    CO_OWNER_CONSENT = 3006
    NOT_HOLDER = 3007
    SHARES_SUM = 3008
    DISPUTED = 3009
    SEIZED = 3010
    BAD_CERTIFICATE = 3011
    CERTIFICATE_USED = 3012
    HOLDER_REPEATED = 3013

    MORTGAGEE_UNKNOWN = 4001
    MORTGAGEE_DID_NOT_SIGN = 4002
    MORTGAGE_UNKNOWN = 4003
    MORTGAGE_DISCHARGED = 4004
    NOT_MORTGAGEE = 4005
    MORTGAGEE_CONSENT = 4006
    CLAIM_NOT_ASSIGNED = 4007
    DEBTOR_NOT_NOTIFIED = 4008


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: code, articles, and where in the event it applies."""

    code: Code
    law: tuple[Article, ...]
    at: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The reason as it stands in a leaf."""
        found: dict[str, Any] = {"code": int(self.code), "name": name(self.code), "law": [one.id for one in self.law]}
        if self.at:
            found["at"] = self.at
        return found


def name(code: Code) -> str:
    """The code's name on the log: kebab case."""
    return code.name.lower().replace("_", "-")


# Chinese first, English second: what a person reads.
TEXT: dict[Code, tuple[str, str]] = {
    Code.MALFORMED: ("事件格式不符", "the event is malformed"),
    Code.WRONG_NETWORK: ("不属于本网络的事件", "the event is for another network"),
    Code.UNKNOWN_ACTOR: ("机构不在本网络中", "the institution is not a member"),
    Code.UNKNOWN_KEY: ("签名密钥未登记", "a signing key is not registered"),
    Code.KEY_NOT_VALID: ("签名密钥尚未生效或已失效", "a signing key is not valid at this entry"),
    Code.WRONG_KEY_CLASS: ("密钥类别不适用于此类事件", "the key's class may not sign this type of event"),
    Code.BAD_SIGNATURE: ("签名无效", "a signature is wrong"),
    Code.ACTOR_DID_NOT_SIGN: ("发起机构未签名", "the acting institution has not signed"),
    Code.EXPIRED: ("已超过提交期限", "the event's time to be entered is over"),
    Code.NOT_AFTER_TOO_FAR: ("提交期限过长", "not_after lies too far ahead"),
    Code.UNKNOWN_TYPE: ("未知的事件类型", "no such type of event"),
    Code.MALFORMED_DATA: ("事件内容结构不符", "the event's data has the wrong shape"),
    Code.UNKNOWN_RECIPIENT: ("材料接收机构不在本网络中", "a private part names an institution that is not a member"),
    Code.REUSED_ID: ("事件编号已用于其他内容", "the event id was used for other content"),
    Code.NOT_AUTHORISED: ("该机构无权办理此事项", "this institution's role may not do this"),
    Code.INSTITUTION_SUSPENDED: ("该机构已被停权", "the institution is suspended"),
    Code.CASE_UNKNOWN: ("案件不存在", "there is no such case"),
    Code.CASE_DECIDED: ("案件已办结", "the case is already decided"),
    Code.NOT_APPLICANT: ("只有申请机构可以办理", "only the institution that applied may do this"),
    Code.NOT_COMPETENT: ("不属于本登记机构管辖区域", "the registry is not competent for this district"),
    Code.EARLIER_CASE: ("同一单元有受理在先的案件未办结", "an earlier case on the unit is undecided"),
    Code.ACT_REPEATED: ("同一案件内重复申请同一登记行为", "the case asks for the same act on the unit twice"),
    Code.ALREADY_REVIEWED: ("案件已进入审核", "the case is already under review"),
    Code.ALREADY_ENTERED: ("已登簿, 不能撤回", "already entered: it cannot be withdrawn"),
    Code.BAD_UNIT_CODE: ("不动产单元代码无效", "the unit code is not valid"),
    Code.UNIT_UNKNOWN: ("不动产单元未办理首次登记", "the unit has no first registration"),
    Code.UNIT_REGISTERED: ("不动产单元已登记", "the unit is already registered"),
    Code.RIGHT_UNKNOWN: ("该单元上无此权利", "there is no such right on the unit"),
    Code.RIGHT_ENDED: ("权利已终止, 不是现势权利", "the right has ended"),
    Code.CO_OWNER_CONSENT: ("共有人同意不足", "the co-owners' consent does not suffice"),
    Code.NOT_HOLDER: ("所列同意人不是该权利的权利人", "someone named as consenting is no holder of the right"),
    Code.SHARES_SUM: ("份额之和不等于一", "the shares do not sum to one"),
    Code.DISPUTED: ("权属存在尚未解决的争议", "ownership is disputed"),
    Code.SEIZED: ("不动产已被查封", "the unit is seized"),
    Code.BAD_CERTIFICATE: ("不动产权证号无效", "the certificate number is not valid"),
    Code.CERTIFICATE_USED: ("不动产权证号已被使用", "the certificate number is in use"),
    Code.HOLDER_REPEATED: ("权利人重复", "a holder is named twice"),
    Code.MORTGAGEE_UNKNOWN: ("抵押权人不是可设立抵押的银行", "the mortgagee is not an active bank of the network"),
    Code.MORTGAGEE_DID_NOT_SIGN: ("抵押权人未签名", "the mortgagee has not signed"),
    Code.MORTGAGE_UNKNOWN: ("抵押权不存在", "there is no such mortgage"),
    Code.MORTGAGE_DISCHARGED: ("抵押权已注销", "the mortgage is already discharged"),
    Code.NOT_MORTGAGEE: ("申请人不是登记的抵押权人", "the applicant is not the registered mortgagee"),
    Code.MORTGAGEE_CONSENT: ("须经抵押权人同意", "the mortgagee's consent is needed"),
    Code.CLAIM_NOT_ASSIGNED: ("抵押权不得与主债权分离转让", "the mortgage may not be transferred without its claim"),
    Code.DEBTOR_NOT_NOTIFIED: ("债权转让未通知债务人", "the debtor was not notified of the assignment"),
}
