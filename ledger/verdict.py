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
    NEW_KEY_DID_NOT_SIGN = 1115
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
    BAD_DATE = 3014

    MORTGAGEE_UNKNOWN = 4001
    MORTGAGEE_DID_NOT_SIGN = 4002
    MORTGAGE_UNKNOWN = 4003
    MORTGAGE_DISCHARGED = 4004
    NOT_MORTGAGEE = 4005
    MORTGAGEE_CONSENT = 4006
    CLAIM_NOT_ASSIGNED = 4007
    DEBTOR_NOT_NOTIFIED = 4008

    TAX_NOT_CLEARED = 5001
    IIT_NOT_CLEARED = 5002
    LVAT_NOT_CLEARED = 5003
    RECEIPT_USED = 5004
    TAX_REFUND_PENDING = 5005
    TAX_REFUNDED = 5006
    DEAL_CANCELLED = 5007
    DEAL_CHANGED = 5008
    DEAL_UNKNOWN = 5009
    DEAL_STATE = 5010
    DEAL_LOCKED = 5011
    ASSESSMENT_VERSION = 5012
    GATE_MANDATORY = 5013
    GATE_NOT_DUE = 5014
    GATE_CLEARED = 5015

    NOT_DEBTOR_PROPERTY = 6001
    SEIZURE_REPEATED = 6002
    SEIZURE_TERM_PAST = 6003
    SEIZURE_TERM_TOO_LONG = 6004
    SEIZURE_UNKNOWN = 6005
    NOT_SEIZING_COURT = 6006
    SEIZURE_ENDED = 6007
    SEIZURE_WAITS = 6008

    NETWORK_EXISTS = 7001
    ONE_REGISTRY = 7002
    FOUNDER_DID_NOT_SIGN = 7003
    LOG_KEY_MISMATCH = 7004
    LOG_KEY_FIXED = 7005
    GOVERNANCE_QUORUM = 7006
    GOVERNANCE_QUORUM_UNSAFE = 7007
    WITNESS_QUORUM_UNSAFE = 7008
    WITNESS_UNKNOWN = 7009
    POLICY_VERSION = 7010
    QUORUM_LOST = 7011
    INSTITUTION_UNKNOWN = 7012
    INSTITUTION_ADMITTED = 7013
    INSTITUTION_NOT_ACTIVE = 7014
    REGISTRY_NEEDED = 7015
    KEYS_MISSING = 7016
    KEY_USED = 7017
    KEY_UNSAFE = 7018
    KEY_ALGORITHM = 7019
    KEY_UNKNOWN = 7020
    KEY_ENDED = 7021
    KEY_CLASS_CHANGED = 7022
    LAST_GOVERNANCE_KEY = 7023
    POLICY_INVALID = 7024
    ALREADY_ERASED = 7101
    COMMITMENT_REPEATED = 7102


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: code, articles, and where in the event it applies."""

    code: Code
    law: tuple[Article, ...]
    at: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The reason as it stands in a leaf."""
        found: dict[str, Any] = {
            "code": int(self.code),
            "name": name(self.code),
            "law": [one.id for one in self.law],
        }
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
    Code.UNKNOWN_RECIPIENT: (
        "材料接收机构不在本网络中",
        "a private part names an institution that is not a member",
    ),
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
    Code.NOT_HOLDER: (
        "所列同意人不是该权利的权利人",
        "someone named as consenting is no holder of the right",
    ),
    Code.SHARES_SUM: (
        "份额之和不等于一, 或与共有方式不符",
        "the shares do not sum to one, or do not fit the mode of holding",
    ),
    Code.DISPUTED: ("权属存在尚未解决的争议", "ownership is disputed"),
    Code.SEIZED: ("不动产已被查封", "the unit is seized"),
    Code.BAD_CERTIFICATE: ("不动产权证号无效", "the certificate number is not valid"),
    Code.CERTIFICATE_USED: ("不动产权证号已被使用", "the certificate number is in use"),
    Code.HOLDER_REPEATED: ("权利人重复", "a holder is named twice"),
    Code.BAD_DATE: ("登记日期不存在或在将来", "a date of registration does not exist or lies ahead"),
    Code.MORTGAGEE_UNKNOWN: (
        "抵押权人不是可设立抵押的银行",
        "the mortgagee is not an active bank of the network",
    ),
    Code.MORTGAGEE_DID_NOT_SIGN: ("抵押权人未签名", "the mortgagee has not signed"),
    Code.MORTGAGE_UNKNOWN: ("抵押权不存在", "there is no such mortgage"),
    Code.MORTGAGE_DISCHARGED: ("抵押权已注销", "the mortgage is already discharged"),
    Code.NOT_MORTGAGEE: ("申请人不是登记的抵押权人", "the applicant is not the registered mortgagee"),
    Code.MORTGAGEE_CONSENT: ("须经抵押权人同意", "the mortgagee's consent is needed"),
    Code.CLAIM_NOT_ASSIGNED: (
        "抵押权不得与主债权分离转让",
        "the mortgage may not be transferred without its claim",
    ),
    Code.DEBTOR_NOT_NOTIFIED: ("债权转让未通知债务人", "the debtor was not notified of the assignment"),
    Code.NEW_KEY_DID_NOT_SIGN: ("新旧密钥须各自签名", "the old and the new key must both sign, and no other"),
    Code.TAX_NOT_CLEARED: ("契税未完税", "deed tax is not cleared"),
    Code.IIT_NOT_CLEARED: ("转让方个人所得税未完税", "the seller's income tax is not cleared"),
    Code.LVAT_NOT_CLEARED: ("转让方土地增值税未完税", "the seller's land VAT is not cleared"),
    Code.RECEIPT_USED: ("完税或减免凭证已被使用", "a tax voucher is already in use"),
    Code.TAX_REFUND_PENDING: ("正在办理退税", "a refund of the tax is pending"),
    Code.TAX_REFUNDED: ("税款已退还", "the tax has been refunded"),
    Code.DEAL_CANCELLED: ("涉税交易已取消", "the deal is cancelled"),
    Code.DEAL_CHANGED: ("案件与核税时的交易不一致", "the case is not the deal that was assessed"),
    Code.DEAL_UNKNOWN: ("该案件没有涉税交易", "the case has no deal to tax"),
    Code.DEAL_STATE: ("涉税交易的状态不允许此操作", "the deal's state does not allow this"),
    Code.DEAL_LOCKED: (
        "案件审核中, 涉税交易已锁定",
        "the deal is locked while the registry reviews the case",
    ),
    Code.ASSESSMENT_VERSION: ("核税版本不符", "this is not the version of the assessment that is due"),
    Code.GATE_MANDATORY: ("法定应核税种不得免列", "a tax that the law requires is assessed as none"),
    Code.GATE_NOT_DUE: ("该税种未核定应缴", "a voucher is for a tax that is not due"),
    Code.GATE_CLEARED: ("该税种已完税", "a voucher is for a tax already cleared"),
    Code.NOT_DEBTOR_PROPERTY: ("不动产已不属被执行人", "the unit is no longer the debtor's"),
    Code.SEIZURE_REPEATED: ("同一文书已查封该单元", "the same paper has already seized the unit"),
    Code.SEIZURE_TERM_PAST: (
        "查封期限届满日无效",
        "the last day does not exist, has passed, or extends nothing",
    ),
    Code.SEIZURE_TERM_TOO_LONG: ("查封期限超过三年", "the term is longer than the law allows"),
    Code.SEIZURE_UNKNOWN: ("查封不存在", "there is no such seizure"),
    Code.NOT_SEIZING_COURT: ("不是实施查封的法院", "this is not the court that seized"),
    Code.SEIZURE_ENDED: ("查封已解除或已失效", "the seizure has been released or has lapsed"),
    Code.SEIZURE_WAITS: ("轮候查封期限尚未起算", "a waiting seizure's term has not begun"),
    Code.NETWORK_EXISTS: ("网络已创立", "the network already exists"),
    Code.ONE_REGISTRY: ("网络应有且仅有一个登记机构", "a network has exactly one registry"),
    Code.FOUNDER_DID_NOT_SIGN: ("创始机构未签名", "a founding institution's governance key has not signed"),
    Code.LOG_KEY_MISMATCH: (
        "日志密钥与登记机构所登记的不符",
        "the log key is not the one that the registry registers",
    ),
    Code.LOG_KEY_FIXED: (
        "日志密钥随网络确定, 不得增换撤",
        "the log key comes with the network and does not change",
    ),
    Code.GOVERNANCE_QUORUM: ("治理签名未达法定数", "too few institutions signed with governance keys"),
    Code.GOVERNANCE_QUORUM_UNSAFE: (
        "治理法定数须为多数且可达到",
        "the governance quorum must be a majority that exists",
    ),
    Code.WITNESS_QUORUM_UNSAFE: ("会签法定数不安全", "the witness quorum does not satisfy 2q - n > f"),
    Code.WITNESS_UNKNOWN: (
        "会签机构不存在、重复或没有会签密钥",
        "a witness is no active member with a cosigning key",
    ),
    Code.POLICY_VERSION: ("规则版本不连续", "the policy's version does not follow the one in force"),
    Code.QUORUM_LOST: ("此操作使法定数无法达到", "a quorum could not be reached any more"),
    Code.INSTITUTION_UNKNOWN: ("机构不存在", "there is no such institution"),
    Code.INSTITUTION_ADMITTED: ("机构已加入", "the institution is already admitted"),
    Code.INSTITUTION_NOT_ACTIVE: ("机构已停权", "the institution is not active"),
    Code.REGISTRY_NEEDED: ("登记机构不得停权", "the registry cannot be suspended"),
    Code.KEYS_MISSING: ("机构缺少必备类别的密钥", "the institution lacks a key of a class that it needs"),
    Code.KEY_USED: ("公钥已登记, 不得重复使用", "the public key is already registered"),
    Code.KEY_UNSAFE: ("公钥不安全", "the public key is not a safe one"),
    Code.KEY_ALGORITHM: ("密钥算法与类别不符", "the algorithm does not fit the key's class"),
    Code.KEY_UNKNOWN: ("密钥未登记", "there is no such key"),
    Code.KEY_ENDED: ("密钥已撤销", "the key has ended"),
    Code.KEY_CLASS_CHANGED: ("轮换不得改变密钥类别", "a rotation keeps the key's class"),
    Code.LAST_GOVERNANCE_KEY: ("不得撤销最后一个治理密钥", "the last governance key of an institution stays"),
    Code.POLICY_INVALID: ("规则内容无效", "a value of the policy is not valid"),
    Code.ALREADY_ERASED: ("材料已删除", "the payload is already erased"),
    Code.COMMITMENT_REPEATED: ("承诺值重复", "a commitment is named twice"),
}
