"""All articles that rules rely on, each defined once: statute, number and gist. A rule must cite an article to refuse.

Sources are listed in docs/rules.md. `IR` articles (Implementing Rules) and `MNR54` are cited from practice editions,
not from the promulgated text; docs/rules.md marks them accordingly.
"""

from collections.abc import Mapping
from functools import partial

from dengbu.ledger.law.articles import MADE, Article
from dengbu.ledger.law.articles import article as _article
from dengbu.ledger.law.articles import article_of as _of

_CC = ("民法典第{}条", "Civil Code art. {}")
_REG = ("不动产登记暂行条例第{}条", "Interim Regulation on Real Estate Registration art. {}")
_IR = ("不动产登记暂行条例实施细则第{}条", "Implementing Rules of the Interim Regulation art. {}")
_SEAL = ("查封、扣押、冻结财产规定第{}条", "Provisions on Seizure of Property (SPC) art. {}")
_DT = ("契税法第{}条", "Deed Tax Law art. {}")
_SEC = ("担保制度解释第{}条", "Interpretation on Security Interests (SPC) art. {}")
_NET = ("登簿网络章程第{}条", "Charter of the Dengbu network art. {}")
_cc = partial(_of, _CC, "CC")
_reg = partial(_of, _REG, "REG")
_reg_22 = partial(
    _of,
    ("不动产登记暂行条例第22条第{}项", "Interim Regulation on Real Estate Registration art. 22({})"),
    "REG-22",
)
_ir = partial(_of, _IR, "IR", sure=False)
_seal = partial(_of, _SEAL, "SEAL")
_dt = partial(_of, _DT, "DT")
_sec = partial(_of, _SEC, "SEC")
_net = partial(_of, _NET, "NET")

CC_35 = _cc(
    "35",
    "监护人不得处分被监护人的财产, 为其利益除外",
    "a guardian may dispose only in the ward's interest",
    sure=False,
)
CC_161 = _cc("161", "民事法律行为可以代理", "acts may be done through an agent", sure=False)
CC_165 = _cc("165", "授权委托书载明事项、权限、期限", "contents of a power of attorney", sure=False)
CC_168 = _cc(
    "168", "自己代理与双方代理须经同意", "dealing with oneself, or for both sides, needs consent", sure=False
)
CC_171 = _cc("171", "超越代理权的行为", "acts beyond the agent's power", sure=False)
CC_173 = _cc("173", "代理期限届满代理终止", "agency ends with its term", sure=False)
CC_209 = _cc("209", "经依法登记发生效力", "real rights in immovables take effect on registration")
CC_210 = _cc("210", "由不动产所在地登记机构办理", "the registry of the location is competent")
CC_214 = _cc("214", "自记载于登记簿时发生效力", "effect from the entry in the register book")
CC_216 = _cc("216", "登记簿是物权归属和内容的根据", "the register book is the basis of right and content")
CC_298 = _cc("298", "按份共有人按份额享有所有权", "co-owners by shares own according to their shares")
CC_301 = _cc("301", "处分共有物的同意比例", "consent of co-owners to a disposition")
CC_366 = _cc("366", "居住权是对他人住宅的用益物权", "habitation is the use of another's dwelling")
CC_367 = _cc("367", "居住权合同书面订立", "a habitation needs a written contract")
CC_369 = _cc("369", "居住权不得转让、继承", "a habitation cannot be transferred or inherited")
CC_370 = _cc("370", "居住权因期限届满或死亡消灭", "a habitation ends with its term or by death")
CC_372 = _cc("372", "地役权利用他人的不动产", "an easement is the use of another's unit")
CC_373 = _cc("373", "地役权合同书面订立", "an easement needs a written contract")
CC_377 = _cc("377", "地役权期限不得超过剩余期限", "an easement may not outlast the land-use term")
CC_379 = _cc(
    "379",
    "设立地役权须经用益物权人同意",
    "an easement needs the consent of those who have the use of the land",
)
CC_380 = _cc("380", "地役权不得单独转让", "an easement cannot be transferred by itself")
CC_381 = _cc("381", "地役权不得单独抵押", "an easement cannot be mortgaged by itself")
CC_382 = _cc("382", "需役地部分转让的地役权", "an easement after a partial transfer of the dominant unit")
CC_384 = _cc("384", "地役权的消灭", "when an easement ends")
CC_385 = _cc("385", "地役权变动应当登记", "changes of an easement must be registered")
CC_393 = _cc("393", "担保物权消灭的情形", "when security interests end")
CC_395 = _cc("395", "可以抵押的财产", "what may be mortgaged")
CC_397 = _cc("397", "房地一并抵押", "land and the building on it are mortgaged together")
CC_399 = _cc("399", "不得抵押的财产", "what may not be mortgaged")
CC_399_4 = _article(
    "CC-399-4",
    "民法典第399条第4项",
    "Civil Code art. 399(4)",
    "权属有争议的财产不得抵押",
    "disputed property may not be mortgaged",
)
CC_399_5 = _article(
    "CC-399-5",
    "民法典第399条第5项",
    "Civil Code art. 399(5)",
    "被查封的财产不得抵押",
    "seized property may not be mortgaged",
)
CC_400 = _cc("400", "抵押合同应当书面订立", "a mortgage needs a written contract of the parties")
CC_406 = _cc("406", "抵押期间可以转让抵押财产", "mortgaged property may be transferred; the mortgage stays")
CC_407 = _cc("407", "抵押权不得与债权分离转让", "a mortgage cannot be transferred apart from its claim")
CC_409 = _cc(
    "409", "抵押权变更须经其他抵押权人书面同意", "changes adverse to other mortgagees need their consent"
)
CC_414 = _cc("414", "抵押权按照登记的时间先后确定清偿顺序", "mortgages rank by the time of registration")
CC_420 = _cc("420", "最高额抵押权", "mortgages for a maximum amount")
CC_421 = _cc(
    "421", "最高额抵押债权确定前的转让", "transfer before the claims of a maximum mortgage are fixed"
)
CC_422 = _cc("422", "最高额抵押权的变更", "changes of a maximum mortgage before its claims are fixed")
CC_423 = _cc("423", "最高额抵押债权的确定", "when the claims of a maximum mortgage are fixed")
CC_546 = _cc("546", "债权转让应当通知债务人", "the debtor must be notified of an assignment")
CC_229 = _cc("229", "因法律文书导致物权变动", "real rights changed by a judgment, an award or a decision")
CC_230 = _cc("230", "因继承取得物权", "real rights acquired by inheritance")
REG_7 = _reg("7", "由所在地登记机构办理", "competence of the registry of the location")
REG_10 = _reg("10", "登记簿应当真实、准确、完整", "the register book is true, exact and complete")
REG_14 = _reg("14", "申请人", "who must apply")
REG_15 = _reg("15", "登簿前可以撤回申请", "an application may be withdrawn until entry")
REG_16 = _reg("16", "申请材料", "what an application contains")
REG_17 = _reg("17", "受理与一次性告知", "acceptance; all defects are named at once")
REG_18 = _reg("18", "登记机构查验的事项", "what the registry checks")
GBF_2019_51 = _article(
    "GBF-2019-51",
    "国办发〔2019〕51号",
    "General Office of the State Council notice [2019] no. 51",
    "政务服务好差评: 一事一评, 评价真实",
    "users rate government services, once for each service and truthfully",
    sure=False,
)
REG_21 = _reg("21", "登记事项自记载于登记簿时完成", "registration is complete with the entry")
REG_22_2 = _reg_22("2", "存在尚未解决的权属争议的不予登记", "no registration while ownership is disputed")
REG_22_3 = _reg_22("3", "申请登记的权利超过规定期限的不予登记", "no registration of a right beyond its term")
CC_359 = _cc(
    "359", "住宅建设用地使用权期限届满自动续期", "the land-use term of dwellings renews automatically"
)
IR_10 = _ir("10", "共有不动产的申请", "applications for co-owned property")
IR_11 = _ir("11", "监护人代为申请", "a guardian applies for the ward")
IR_12 = _ir("12", "委托代理人申请", "an agent applies for a party")
IR_26 = _ir("26", "变更登记的情形", "when a registration is altered")
IR_19 = _ir("19", "依嘱托办理登记", "registration on the order of an authority")
CC_220 = _cc("220", "更正登记与异议登记", "correction and objection")
CC_221 = _cc("221", "预告登记", "advance notice")
CC_305 = _cc("305", "按份共有人可以转让其份额", "a co-owner may transfer his share")
CC_1124 = _cc("1124", "遗赠的接受与放弃", "a legacy is accepted or waived")
PI1_4 = _article(
    "PI1-4",
    "物权编解释(一)第4条",
    "Interpretation (I) on Real Rights (SPC) art. 4",
    "未经预告登记权利人同意的处分不发生物权效力",
    "a disposition without the consent of the notice's holder has no effect",
)
SEC_52 = _sec("52", "抵押预告登记的效力与顺位", "effect and rank of an advance notice of a mortgage")
IR_14 = _ir("14", "因继承、受遗赠取得的登记", "registration by inheritance or legacy")
IR_27 = _ir("27", "转移登记的情形", "when a right is transferred")
IR_82 = _ir("82", "异议登记的申请", "applying for an objection")
IR_83 = _ir("83", "异议登记失效后不得以同一事由再次申请", "no second objection on the same ground")
IR_84 = _ir("84", "异议登记期间的处分", "dispositions while an objection is in force")
IR_85 = _ir("85", "预告登记的情形与效力", "cases and effect of advance notices")
IR_86 = _ir("86", "预购商品房的预告登记", "advance notice of a presale")
IR_89 = _ir("89", "预告登记的注销", "cancellation of an advance notice")
IR_22 = _ir("22", "换发、补发权属证书", "replacement of certificates")
IR_79 = _ir("79", "更正登记的申请", "applying for a correction")
IR_80 = _ir("80", "更正登记的办理与例外", "correction on request, and its exceptions")
IR_81 = _ir("81", "依职权更正", "correction by the registry itself")
IR_24 = _ir("24", "未办理首次登记的不得办理其他登记", "no other registration before the first")
IR_28 = _ir("28", "放弃权利须其他权利人书面同意", "a waiver needs the consent of others with a right")
IR_64 = _ir("64", "地役权分别记载于供役地和需役地", "an easement is entered on both units")
IR_67 = _ir("67", "按受理时间的先后办理", "applications are processed in the order of acceptance")
IR_68 = _ir("68", "抵押权变更登记", "registration of a change of a mortgage")
IR_69 = _ir("69", "抵押权转移登记", "registration of the transfer of a mortgage")
IR_73 = _ir("73", "最高额抵押权的确定登记", "registration that a maximum claim is fixed")
IR_74 = _ir("74", "最高额抵押权转移登记", "registration of the transfer of a maximum mortgage")
IR_75 = _ir(
    "75", "在建建筑物抵押权的首次登记", "first registration of a mortgage on a building under construction"
)
IR_91 = _ir("91", "轮候查封按送达先后排列", "seizures queue in the order of service")
IR_77 = _ir(
    "77",
    "在建建筑物抵押权转为建筑物抵押权",
    "a construction mortgage is converted when the building is registered",
)
IR_70 = _ir("70", "抵押权注销登记由抵押权人申请", "the mortgagee applies for discharge")
MNR54 = _article(
    "MNR54",
    "自然资发〔2021〕54号",
    "Ministry of Natural Resources notice [2021] no. 54",
    "2021年前设立抵押的不动产, 转移须抵押权人同意",
    "a transfer of property mortgaged before 2021 needs the mortgagee's consent",
    sure=False,
)
SEC_43 = _sec("43", "已登记的禁止转让约定", "a registered agreement against transfer")
DT_4 = _dt("4", "计税依据", "the tax base")
DT_8 = _dt("8", "改变用途应当补缴免征减征税款", "tax that was reduced or waived is paid when the use changes")
DT_10 = _dt("10", "办理登记前申报缴税", "declare and pay before registration")
DT_11 = _dt("11", "未按规定缴税的不予登记", "no registration without deed tax clearance")
DT_12 = _dt("12", "登记前合同失效可申请退税", "refund when the contract fails before registration")
MOF23 = _article(
    "MOF23",
    "财政部 税务总局公告2021年第23号",
    "Ministry of Finance and State Taxation Administration announcement [2021] no. 23",
    "判决或裁决撤销且权属变更至原权利人的可以退税",
    "a refund when a judgment or award annuls the transfer and the title has gone back",
    sure=False,
)
TAL_51 = _article(
    "TAL-51",
    "税收征收管理法第51条",
    "Tax Collection Administration Law art. 51",
    "多缴税款的退还; 纳税人三年内可以要求退还",
    "overpaid tax is refunded; the taxpayer may claim it within three years",
)
IIT_15 = _article(
    "IIT-15",
    "个人所得税法第15条",
    "Individual Income Tax Law art. 15",
    "转让不动产应查验个人所得税完税凭证",
    "the registry checks the seller's income tax voucher",
)
LVAT_12 = _article(
    "LVAT-12",
    "土地增值税暂行条例第12条",
    "Interim Regulation on Land VAT art. 12",
    "未缴纳土地增值税的不得办理权属变更",
    "no change of ownership without land VAT",
)
URE_38_2 = _article(
    "URE-38-2",
    "城市房地产管理法第38条第2项",
    "Urban Real Estate Administration Law art. 38(2)",
    "被查封的房地产不得转让",
    "seized real estate may not be transferred",
)
URE_38_4 = _article(
    "URE-38-4",
    "城市房地产管理法第38条第4项",
    "Urban Real Estate Administration Law art. 38(4)",
    "共有房地产须经其他共有人书面同意",
    "co-owned real estate needs all co-owners' written consent",
)
URE_38_5 = _article(
    "URE-38-5",
    "城市房地产管理法第38条第5项",
    "Urban Real Estate Administration Law art. 38(5)",
    "权属有争议的不得转让",
    "disputed real estate may not be transferred",
)
SEAL_2 = _seal("2", "可以查封的财产", "what may be seized")
SEAL_23 = _seal("23", "办理过户中的查封", "seizure during and after a transfer")
SEAL_24 = _seal(
    "24",
    "查封后的处分不得对抗申请执行人",
    "acts after a seizure have no effect against the enforcing creditor",
)
SEAL_25 = _seal(
    "25", "查封最高额抵押财产应通知抵押权人", "a seizure is notified to the mortgagee of a maximum claim"
)
SEAL_26 = _seal("26", "轮候查封", "waiting seizures")
SEAL_27 = _seal("27", "期限届满查封效力消灭", "a seizure lapses at the end of its term")
SEAL_28 = _seal("28", "解除查封", "release of a seizure")
GDOBE_39 = _article(
    "GDOBE-39",
    "广东省优化营商环境条例第39条",
    "Guangdong Regulation on the Business Environment art. 39",
    "不动产登记与水电气过户联动办理; 银行网点代办抵押登记",
    "transfer and utility accounts change together; bank outlets accept mortgage registrations",
)
CPI_485 = _article(
    "CPI-485",
    "民事诉讼法解释第485条",
    "Interpretation on the Civil Procedure Law (SPC) art. 485",
    "查封不动产的期限不得超过三年",
    "immovables are seized for three years at most",
)
SPC_2004_5 = _article(
    "SPC-2004-5",
    "法发〔2004〕5号第13至15条",
    "SPC, MLR and MoC notice [2004] no. 5, arts. 13-15",
    "预查封及其转为查封",
    "pre-seizure and its conversion to a seizure",
)
ES_13 = _article(
    "ES-13",
    "电子签名法第13条",
    "Electronic Signature Law art. 13",
    "可靠的电子签名",
    "what makes an electronic signature reliable",
)
PIPL_24 = _article(
    "PIPL-24",
    "个人信息保护法第24条",
    "Personal Information Protection Law art. 24",
    "自动化决策对个人权益有重大影响的, 个人有权拒绝",
    "individuals may refuse a purely automated decision that greatly affects them",
)
PIPL_47 = _article(
    "PIPL-47",
    "个人信息保护法第47条",
    "Personal Information Protection Law art. 47",
    "个人信息的删除",
    "erasure of personal information",
)
NET_1 = _net("1", "成员资格与停权", "membership and suspension")
NET_2 = _net("2", "机构职责与事项权限", "which role may sign which event")
NET_3 = _net("3", "治理签名法定数", "the governance quorum")
NET_4 = _net("4", "密钥的登记、轮换与撤销", "keys: registration, rotation, revocation")
NET_5 = _net("5", "会签规则的安全条件", "what a safe cosigning policy is")
NET_6 = _net("6", "对排序的表决权", "votes on the order of events")

ARTICLES: Mapping[str, Article] = MADE
