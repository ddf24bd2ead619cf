"""Headers of requests and answers in the document: each described once, and named wherever it can stand.

Not named are `Content-Type`, `Content-Length` and `Date`, and those that tell a browser what a page may do
(`dengbu.api.edge.headers.HEADERS`), which are the same on every answer.
"""

from collections.abc import Iterable

from dengbu.api.edge.authentication import CHALLENGE
from dengbu.api.edge.buckets import POLICY, STATE
from dengbu.api.edge.headers import AS_OF, REQUEST_ID, SIZE
from dengbu.api.shapes.of_ledger import Json

STREAM = "text/event-stream"
_OPERATION = "X-Request-ID", "Cache-Control"
# Each of an answer: what it says, its form, an example.
ANSWERED: dict[str, tuple[str, str, str]] = {
    "X-Request-ID": (
        "请求编号，与日志相同 the request's id, as in the node's log",
        f"^{REQUEST_ID}$",
        "3f8a6c0d5b7e9124",
    ),
    "Cache-Control": ("可否缓存 whether it may be kept", "^[a-z0-9=, -]+$", "no-store"),
    AS_OF: (
        "本节点最后与其他机构同步的时刻 when the node was last up to date with the others (UTC)",
        r"^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}\+00:00$",
        "2026-11-22T00:00:00.000+00:00",
    ),
    SIZE: ("应答所依据的终局条目数 on how many final entries the answer rests", "^[0-9]+$", "120"),
    "ETag": ("版本 the version, for If-None-Match and If-Match", '^"v?[0-9a-f]+"$', '"v7"'),
    "Location": (
        "案件或事件 the case or the event",
        "^/v1/(cases|events)/[A-Za-z0-9_.:/-]+$",
        "/v1/cases/441302-20261122-000001",
    ),
    "Retry-After": ("秒后重试 try again after so many seconds", "^[0-9]+$", "5"),
    POLICY: (
        "用到的限额：容量、填满秒数 each limit used: its size, and the seconds in which it fills",
        '^"[a-z-]+";q=[0-9]+;w=[0-9]+(, "[a-z-]+";q=[0-9]+;w=[0-9]+)*$',
        '"writes";q=600;w=600',
    ),
    STATE: (
        "剩余次数、恢复秒数 what is left of each, and the seconds until it is full",
        '^"[a-z-]+";r=[0-9]+;t=[0-9]+(, "[a-z-]+";r=[0-9]+;t=[0-9]+)*$',
        '"writes";r=599;t=1',
    ),
    "Content-Language": ("说明的语言 the language of title, detail and action", "^(zh-CN|en)$", "zh-CN"),
    "Vary": ("应答取决于哪些请求头 on which headers the answer depends", "^[A-Za-z, -]+$", "Accept-Language"),
    "WWW-Authenticate": (
        "所要求的签名 which signature is asked for",
        f"^{CHALLENGE}$",
        CHALLENGE,
    ),
    "Allow": ("可用的方法 the methods that there are", "^[A-Z, ]+$", "GET, HEAD, POST"),
    "Accept-Post": ("可用的类型 the content type to send", "^application/json$", "application/json"),
    "Accept-Encoding": ("可用的编码 the content coding to send", "^identity$", "identity"),
    "Content-Disposition": (
        "文件名 the name of the file",
        '^attachment; filename="[a-z0-9.-]+"$',
        'attachment; filename="3.tlog-proof"',
    ),
    "X-Accel-Buffering": ("代理不得缓冲 no proxy is to buffer the stream", "^no$", "no"),
}
_PROBLEM = (*_OPERATION, "Content-Language", "Vary", POLICY, STATE)
_OF_PROBLEM = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    409: ("Retry-After",),
    412: ("ETag",),
    415: ("Accept-Post", "Accept-Encoding"),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
# Any request may send X-Request-ID; whatever it is, the request is answered.
_REQUEST_ID = {
    "in": "header",
    "name": "X-Request-ID",
    "required": False,
    "description": f"调用方的请求编号，写入日志 the caller's own id, which goes into the log: {REQUEST_ID}; one of another form, "
    "or one that looks like an identity or mobile number, is replaced.",
    "schema": {"type": "string"},
    "example": "outlet-7.0001",
}
_IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "description": "已有的 ETag the ETag that the caller has: 304 if it is still the same",
    "schema": {"type": "string"},
    "example": '"v7"',
}
_LAST_EVENT_ID = {
    "in": "header",
    "name": "Last-Event-ID",
    "required": False,
    "description": "续接的条目序号，仅用于事件流 for a stream: the `id` that came last, an entry's index; it goes before `after`",
    "schema": {"type": "string"},
    "example": "120",
}


def _references(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


A_FILE = _references(("Content-Disposition",))


def components() -> Json:
    """Return the headers of answers by their names."""
    return {
        name: {"description": text, "schema": {"type": "string", "pattern": form}, "example": example}
        for name, (text, form, example) in ANSWERED.items()
    }


def parameters() -> Json:
    """Return the headers of requests that several operations take, by their names in the document."""
    return {_name(one): one for one in (_REQUEST_ID, _IF_NONE_MATCH, _LAST_EVENT_ID)}


def of_problem(*statuses: int) -> Json:
    """Return the headers of a problem that comes with one of these statuses; of RateLimit where a limit was used."""
    more = [name for status in statuses for name in _OF_PROBLEM.get(status, ())]
    return _references((*_PROBLEM, *more))


def declare(path: str, method: str, operation: Json) -> None:
    """Add to an operation the headers that it takes and those of its answers; problems have theirs already."""
    taken = [_REQUEST_ID]
    if "304" in operation["responses"]:
        taken.append(_IF_NONE_MATCH)
    if STREAM in operation["responses"].get("200", {}).get("content", {}):
        taken.append(_LAST_EVENT_ID)
    references = [{"$ref": f"#/components/parameters/{_name(one)}"} for one in taken]
    operation["parameters"] = [*operation.get("parameters", ()), *references]
    for status, response in operation["responses"].items():
        if "$ref" not in response:
            found = _references(_of_answer(path, method, operation["responses"], status))
            response["headers"] = {**response.get("headers", {}), **found}


def _of_answer(path: str, method: str, responses: Json, status: str) -> Iterable[str]:
    yield from _OPERATION
    done = status < "400"
    if method == "get" and path.startswith("/v1/") and "/tile/" not in path and done:
        yield from (AS_OF, SIZE)
    if "304" in responses and done:
        yield "ETag"
    if "429" in responses and done:
        yield from (POLICY, STATE)
    if status in ("201", "202"):
        yield "Location"
    if status in ("202", "503"):
        yield "Retry-After"
    kinds = responses[status].get("content", {})
    if STREAM in kinds:
        yield "X-Accel-Buffering"
    if "text/html" in kinds:
        yield "Vary"


def _name(parameter: Json) -> str:
    return str(parameter["name"]).replace("-", "")
