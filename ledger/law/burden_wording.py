"""The texts that people read for the codes about mortgages, usufructs and courts: Chinese first, English second."""

from dengbu.ledger.law.verdict import Code

BURDENS: dict[Code, tuple[str, str]] = {
    Code.MORTGAGEE_UNKNOWN: (
        "抵押权人不是本网络的有效银行成员",
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
    Code.MORTGAGE_UNCHANGED: ("申请未变更任何抵押内容", "the application changes nothing of the mortgage"),
    Code.JUNIOR_CONSENT: (
        "变更不利于其他抵押权人, 须经其书面同意",
        "the change is adverse to another mortgagee, who has not signed",
    ),
    Code.RANK_ELSEWHERE: (
        "互换顺位的另一抵押权不是同一单元上的有效抵押权",
        "the other mortgage is not a different active mortgage of the same unit",
    ),
    Code.NOT_MAXIMUM: (
        "不是债权尚未确定的最高额抵押权",
        "this is not a maximum mortgage whose claims are still open",
    ),
    Code.FIXING_EARLY: (
        "最高额抵押权设立未满二年, 不得请求确定债权",
        "the claims may be fixed on request only two years after the set-up",
    ),
    Code.FIXING_WITHOUT_SEIZURE: (
        "登记簿上没有作为确定事由的查封",
        "the register shows no seizure that could have fixed the claims",
    ),
    Code.CLAIM_NOT_FIXED: (
        "最高额抵押债权确定前, 非经约定不得随部分债权转移",
        "before its claims are fixed, a maximum mortgage is transferred only if so agreed",
    ),
    Code.NOT_SECURED: ("单元不在该共同抵押的抵押物之内", "the joint mortgage is not on this unit"),
    Code.OTHER_PARCEL: (
        "在建建筑物与土地不属同一宗地",
        "a building under construction is not on the parcel of the mortgaged land",
    ),
    Code.PERMITS_MISSING: ("未提交建设工程规划许可等材料", "the planning and building permits are not shown"),
    Code.CONVERSION_AWAITED: (
        "在建建筑物抵押权尚未转为建筑物抵押权",
        "the construction mortgage is not yet converted to the finished building",
    ),
    Code.NOT_UNDER_CONSTRUCTION: (
        "单元不在该在建建筑物抵押范围之内",
        "the construction mortgage does not cover this unit",
    ),
    Code.RIGHT_NOT_TRANSFERABLE: (
        "居住权不得转让；地役权不得单独转让、抵押",
        "a habitation cannot be transferred; an easement cannot be transferred or mortgaged by itself",
    ),
    Code.NOT_MORTGAGEABLE: (
        "土地所有权、宅基地使用权不得抵押",
        "land owned by a collective and homesteads cannot be mortgaged",
    ),
    Code.HABITANT_NOT_PERSON: ("居住权人应为自然人", "only a natural person may be given a habitation"),
    Code.NOT_DWELLING: ("不动产用途不是住宅", "the unit is not a dwelling"),
    Code.USUFRUCT_TERM: (
        "权利期限届满日不存在、已过, 或者超过土地剩余期限",
        "the last day does not exist, has passed, or lies beyond the land-use term",
    ),
    Code.HABITATION_EXISTS: ("住宅上已有居住权", "there is already a habitation on the dwelling"),
    Code.HABITANT_IS_HOLDER: (
        "居住权人是该住宅的权利人",
        "the person to be given the habitation already holds the dwelling",
    ),
    Code.SAME_UNIT: ("供役地与需役地为同一单元", "a unit cannot serve itself"),
    Code.USUFRUCT_STANDS: ("单元上有居住权或者地役权", "a habitation or an easement stands on the unit"),
    Code.USUFRUCT_UNKNOWN: ("居住权或者地役权不存在", "there is no such habitation or easement"),
    Code.USUFRUCT_ENDED: ("居住权或者地役权已注销", "the habitation or easement has been discharged"),
    Code.GROUND_NOT_SHOWN: ("登记簿上的期限尚未届满", "by the register its term is not over"),
    Code.USUFRUCT_CONSENT: ("未经用益物权人同意", "the holder of a usufruct on the unit has not agreed"),
    Code.NOT_DEBTOR_PROPERTY: ("不动产已不属被执行人", "the unit is no longer the debtor's"),
    Code.SEIZURE_REPEATED: ("同一文书已查封该单元", "the same paper has already seized the unit"),
    Code.SEIZURE_TERM_PAST: (
        "查封期限届满日不存在、已过, 或者未予延长",
        "the last day does not exist, has passed, or extends nothing",
    ),
    Code.SEIZURE_TERM_TOO_LONG: ("查封期限超过规定年限", "the term is longer than the law allows"),
    Code.SEIZURE_UNKNOWN: ("查封不存在", "there is no such seizure"),
    Code.NOT_SEIZING_COURT: ("不是实施查封的法院", "this is not the court that seized the unit"),
    Code.SEIZURE_ENDED: ("查封已解除或已失效", "the seizure has been released or has lapsed"),
    Code.SEIZURE_WAITS: ("轮候查封期限尚未起算", "a waiting seizure's term has not begun"),
    Code.ORDER_REPEATED: (
        "同一文书已要求协助办理该单元的转移登记",
        "the same paper has already ordered a transfer of the unit",
    ),
    Code.ORDER_UNKNOWN: ("该单元上无此过户协助执行通知", "there is no such transfer order on the unit"),
    Code.NOT_ORDERING_COURT: ("不是发出该通知的法院", "this is not the court that ordered the transfer"),
    Code.ORDER_ENDED: ("该通知已执行或已撤回", "the order has been executed or revoked"),
    Code.ORDER_DIFFERS: (
        "申请内容与过户协助执行通知不一致",
        "the application is not what the court ordered",
    ),
    Code.ORDER_EARLIER: (
        "另有送达在先的过户协助执行通知",
        "another transfer order was served earlier and is open",
    ),
    Code.ORDER_OPEN: (
        "有尚未执行的过户协助执行通知",
        "a court's transfer order on the unit is open",
    ),
    Code.UNIT_RETIRED: ("不动产单元已注销", "the unit is retired"),
}
