"""The one catalogue of problems: everything that can go wrong at the API, and what to do about it, in two languages.

A problem is named by a stable kebab-case code. The code is the last part of its `type` URL (RFC 9457), and
the page at that URL is made from this table. Every refusal code of the ledger is a problem too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from dengbu.api.body_size import BODY_BYTES_MAX, HEADER_BYTES_MAX, KIB
from dengbu.ledger.law import verdict
from dengbu.ledger.law.wording import TEXT
from dengbu.ledger.log.envelope import REFERENCE_ALPHABET, REFERENCE_CHARACTERS_MAX

BLOCKED = "blocked"
ALREADY_IMPORTED = "already-imported"
REFERENCE_ZH = f"1 至 {REFERENCE_CHARACTERS_MAX} 位，限 {REFERENCE_ALPHABET}"
REFERENCE_EN = f"1 to {REFERENCE_CHARACTERS_MAX} characters of {REFERENCE_ALPHABET}"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: code, HTTP status, title and advice in Chinese and English."""

    code: str
    status: int
    title_zh: str
    title_en: str
    action_zh: str
    action_en: str
    number: int | None = None


class Problem(Exception):
    """Raised to answer a request with a problem.

    `detail_zh` and `detail_en` say what is wrong this time; `errors` say where, each `{"pointer", "in", "detail"}` (RFC 9457);
    `extra` holds further members; `headers` go on the response.
    """

    def __init__(
        self,
        code: str,
        detail_zh: str = "",
        detail_en: str = "",
        *,
        errors: list[dict[str, str]] | None = None,
        extra: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail_en or detail_zh}")
        self.kind = CATALOGUE[code]
        self.status = self.kind.status
        self.detail_zh = detail_zh
        self.detail_en = detail_en
        self.errors = errors or []
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def with_status(self, status: int) -> Self:
        """Set an HTTP status other than the kind's; return the problem itself."""
        self.status = status
        return self


_EDGE = (
    Kind(
        "malformed-request",
        400,
        "请求格式有误",
        "The request is malformed",
        "按 errors 所指位置更正后重新提交。",
        "Correct what `errors` points at and send the request again.",
    ),
    Kind(
        "idempotency-key-required",
        400,
        "缺少 Idempotency-Key 请求头，或其格式不符",
        "The Idempotency-Key header is missing or malformed",
        f"为每次写入生成一个唯一编号({REFERENCE_ZH})放入 Idempotency-Key，重试时保持不变。",
        f"Put a unique id ({REFERENCE_EN}) in Idempotency-Key for every write; keep it on a retry.",
    ),
    Kind(
        "unsigned",
        401,
        "请求未签名",
        "The request is not signed",
        "按 RFC 9421 用已登记的客户端密钥签名请求。",
        "Sign the request (RFC 9421) with a registered client key.",
    ),
    Kind(
        "signature-refused",
        401,
        "请求签名未通过",
        "The request signature is refused",
        "检查密钥编号、本机时钟、签名所含的主机名与请求体摘要，再重新签名。",
        "Check the key id, your clock, the authority signed and the body digest; then sign again.",
    ),
    Kind(
        "replayed",
        401,
        "该签名已使用过",
        "This signature was used before",
        "每个请求(包括重试)使用新的 nonce 重新签名。",
        "Sign every request, retries included, with a new nonce.",
    ),
    Kind(
        "forbidden",
        403,
        "无权执行此操作",
        "Not allowed",
        "由有权的机构或经办人办理。",
        "Have an institution or officer with that authority do it.",
    ),
    Kind(
        "not-found",
        404,
        "未找到",
        "Not found",
        "核对编号；您的机构无权查看的内容同样显示为未找到。",
        "Check the number; what your institution may not see is also shown as not found.",
    ),
    Kind(
        "method-not-allowed",
        405,
        "不支持该方法",
        "Method not allowed",
        "使用 Allow 响应头列出的方法。",
        "Use a method listed in the Allow header.",
    ),
    Kind(
        "not-acceptable",
        406,
        "无法提供所要求的格式",
        "The requested format is not available",
        "在 Accept 中加入 application/json。",
        "Accept application/json.",
    ),
    Kind(
        "request-in-progress",
        409,
        "相同的请求正在处理",
        "The same request is being processed",
        "按 Retry-After 稍后用同一 Idempotency-Key 重试。",
        "Retry after the time in Retry-After with the same Idempotency-Key.",
    ),
    Kind(
        BLOCKED,
        409,
        "本机构的核验未通过",
        "This institution's own checks do not pass",
        "按 problems 列出的原因核对材料后再办理。",
        "Check the documents against what `problems` lists, then try again.",
    ),
    Kind(
        ALREADY_IMPORTED,
        409,
        "其中有已导入的权利",
        "Some of these titles were imported before",
        "去掉 imported 所列的权利(与账本所记完全相同)，其余另行提交。",
        "Leave out the titles that `imported` lists, which are in the ledger word for word, and send the others.",
    ),
    Kind(
        "precondition-failed",
        412,
        "数据已被更新",
        "The record has changed",
        "重新读取该记录，核对后以新的 ETag 再提交。",
        "Read the record again, check it, and send its new ETag.",
    ),
    Kind(
        "body-too-large",
        413,
        "请求体过大",
        "The body is too large",
        f"请求体不得超过 {BODY_BYTES_MAX // KIB} KiB。",
        f"The body must not exceed {BODY_BYTES_MAX // KIB} KiB.",
    ),
    Kind(
        "unsupported-media-type",
        415,
        "请求体类型不支持",
        "The content type is not supported",
        "以 Content-Type: application/json 提交。",
        "Send Content-Type: application/json.",
    ),
    Kind(
        "invalid-request",
        422,
        "请求内容不符合要求",
        "The request does not have the required form",
        "按 errors 所指位置更正后重新提交。",
        "Correct what `errors` points at and send the request again.",
    ),
    Kind(
        "idempotency-key-reused",
        422,
        "Idempotency-Key 已用于另一请求",
        "The Idempotency-Key was used for another request",
        "新的申请使用新的编号；重试须与原请求完全相同。",
        "Use a new id for a new request; a retry must be the very same request.",
    ),
    Kind(
        "precondition-required",
        428,
        "缺少 If-Match 请求头",
        "The If-Match header is missing",
        "先读取案件，将其 ETag 放入 If-Match。",
        "Read the case first and send its ETag in If-Match.",
    ),
    Kind(
        "too-many-requests",
        429,
        "请求过于频繁",
        "Too many requests",
        "按 Retry-After 稍后重试。",
        "Retry after the time in Retry-After.",
    ),
    Kind(
        "header-too-large",
        431,
        "请求头过大",
        "The headers are too large",
        f"请求头合计不得超过 {HEADER_BYTES_MAX // KIB} KiB。",
        f"The headers must not exceed {HEADER_BYTES_MAX // KIB} KiB in all.",
    ),
    Kind(
        "internal",
        500,
        "服务内部错误",
        "Internal error",
        "请向节点运维人员提供 request_id。",
        "Give the request_id to the operator of this node.",
    ),
    Kind(
        "unavailable",
        503,
        "账本暂时不能接受写入",
        "The ledger cannot take writes now",
        "按 Retry-After 稍后用同一 Idempotency-Key 重试；读取不受影响。",
        "Retry after the time in Retry-After with the same Idempotency-Key; reads still work.",
    ),
    Kind(
        "access-log-broken",
        503,
        "访问日志核验未通过，暂不提供个人信息",
        "The access log fails verification; personal data cannot be read",
        "请本节点运维人员核查访问日志(dengbu doctor)；登记业务不受影响。",
        "Have the operator of this node check its access log (dengbu doctor); registration is not affected.",
    ),
    Kind(
        "too-many-streams",
        503,
        "实时连接已满",
        "Too many streams are open",
        "按 Retry-After 稍后重连。",
        "Connect again after the time in Retry-After.",
    ),
    Kind(
        "error",
        400,
        "请求未能处理",
        "The request could not be handled",
        "核对请求后重试。",
        "Check the request and try again.",
    ),
)

_REFUSED_ACTION = (
    "按 reasons 列出的原因和法律依据补正后，以新的编号重新办理。",
    "Remedy every reason listed (each cites its article) and file again under a new id.",
)
_NOT_ADMITTED_ACTION = (
    "更正后重新签名提交；未准入账的事件不留记录。",
    "Correct the event, sign it again and send it; an event that is not admitted leaves no entry.",
)

_ADMISSION_STATUS = {
    verdict.Code.UNKNOWN_ACTOR: 403,
    verdict.Code.UNKNOWN_KEY: 403,
    verdict.Code.KEY_NOT_VALID: 403,
    verdict.Code.WRONG_KEY_CLASS: 403,
    verdict.Code.BAD_SIGNATURE: 403,
    verdict.Code.ACTOR_DID_NOT_SIGN: 403,
    verdict.Code.NOT_AUTHORISED: 403,
    verdict.Code.INSTITUTION_SUSPENDED: 403,
    verdict.Code.REUSED_ID: 409,
}
_ADMISSION_LAST = 1199


def admission_status(code: verdict.Code) -> int:
    """Return the HTTP status of an event that is not admitted for this reason."""
    return _ADMISSION_STATUS.get(code, 400)


def _of_ledger(code: verdict.Code) -> Kind:
    title_zh, title_en = TEXT[code]
    at_admission = code <= _ADMISSION_LAST
    status = admission_status(code) if at_admission else 422
    action_zh, action_en = _NOT_ADMITTED_ACTION if at_admission else _REFUSED_ACTION
    return Kind(
        code=verdict.name(code),
        status=status,
        title_zh=title_zh,
        title_en=title_en[:1].upper() + title_en[1:],
        action_zh=action_zh,
        action_en=action_en,
        number=int(code),
    )


def admission_codes() -> tuple[str, ...]:
    """The codes of events that are not admitted; a second first entry is one of them."""
    return tuple(
        verdict.name(code)
        for code in verdict.Code
        if code <= _ADMISSION_LAST or code == verdict.Code.NETWORK_EXISTS
    )


def refusal_codes() -> tuple[str, ...]:
    """The codes of events that the ledger refuses."""
    admission = admission_codes()
    return tuple(name for name in map(verdict.name, verdict.Code) if name not in admission)


CATALOGUE: dict[str, Kind] = {kind.code: kind for kind in (*_EDGE, *map(_of_ledger, verdict.Code))}


def titles(name: str) -> tuple[str, str]:
    """Return the title of a ledger code in Chinese and English, or the name itself, twice, for an unknown code."""
    kind = CATALOGUE.get(name)
    return (kind.title_zh, kind.title_en) if kind else (name, name)
