"""Exceptions for what can go wrong between a client and a node; each says what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dengbu.api.client.receipt import Receipt


class DengbuError(Exception):
    """The base of everything that this client raises on purpose; `hint` says what to do, Chinese first."""

    hint = ""


class ApiError(DengbuError):
    """The node answered with a problem (RFC 9457); `problem` is its whole body, `code` its stable name."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code = str(problem.get("code", f"http-{status}"))
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", ""))
        self.hint = str(problem.get("action", ""))
        self.request_id = str(problem.get("request_id", headers.get("X-Request-ID", "")))
        self.retry_after_s = _seconds(headers.get("Retry-After"))
        super().__init__(": ".join(part for part in (self.code, self.title, self.detail) if part))


class NotFound(ApiError):
    """The resource does not exist, or this institution may not see it (404)."""


class Conflict(ApiError):
    """The resource has changed or the key was used before (409, 412, 428): read again, then decide."""


class AlreadyImported(Conflict):
    """Some titles of a batch were imported before, word for word (409), so nothing was signed.

    `imported` says which: the index of the entry that imported each, by its place in the batch, from 1.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(status, problem, headers)
        self.imported = {int(one["place"]): int(one["index"]) for one in problem["imported"]}


class RateLimited(ApiError):
    """Too many requests (429); `retry_after_s` says how long to wait."""


class Unavailable(ApiError):
    """The ledger cannot take writes now (502, 503, 504); reads may still work."""


class Rejected(ApiError):
    """The ledger refused the event; the refusal is an entry, and `reasons` lists every reason with its articles.

    `index` is the entry's place in the log, and `receipt` its verified receipt if the client has a policy.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(status, problem, headers)
        self.reasons: tuple[dict[str, Any], ...] = tuple(problem.get("reasons", ()))
        index = problem.get("index")
        self.index: int | None = index if isinstance(index, int) else None
        self.receipt: Receipt | None = None


class TurnedAway(ApiError):
    """The node took the event, but it can no longer enter the log (`code` says why): nothing was decided or changed."""


class VerificationError(DengbuError):
    """The node's answer fails verification (signature, proof, quorum or chain): trust none of it."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.hint = (
            "保留收到的内容作为证据，与其他机构核对检查点 "
            "keep what was received as evidence and compare checkpoints with another institution"
        )
        super().__init__(message if code in message else f"{message} [{code}]")


class UnreadableFile(DengbuError):
    """A file that the caller named cannot be read, so nothing was verified."""


class NotAPolicy(DengbuError):
    """A policy file that the caller named holds no policy, so nothing was verified."""

    code = "not-a-policy"
    hint = "请向本机构索取 policy.txt get policy.txt from your own institution"


class NotSuchData(DengbuError, ValueError):
    """Data are not those of a type of event; nothing was sent or written."""

    code = "not-such-data"


class NotAUrl(DengbuError, ValueError):
    """A client was given something else than the URL of a node."""

    def __init__(self, url: str) -> None:
        super().__init__(f"节点地址无效 not the URL of a node: {url!r}; for example http://127.0.0.1:8017")


class NoPolicy(VerificationError):
    """A receipt or head was asked for, but the client has no policy to verify it with."""

    def __init__(self) -> None:
        super().__init__(
            "no-policy", "未提供会签规则，无法核验回执 no policy was given, so no receipt can be verified"
        )
        self.hint = "传入 policy='policy.txt' pass policy='policy.txt', obtained from your own institution"


class RulesMissing(DengbuError):
    """This release lacks the rule set of the entry at `index`, so it cannot judge the log from there on."""

    def __init__(self, index: int, why: str) -> None:
        self.index = index
        super().__init__(f"第 {index} 条无法判断 entry {index} cannot be judged: {why}")


class Unreachable(DengbuError):
    """The node could not be reached, or did not answer a GET; no event was sent."""

    def __init__(self, url: str, why: str) -> None:
        self.url = url
        self.hint = "检查节点是否运行 check that the node runs"
        super().__init__(f"无法连接节点 cannot reach {url}: {why}")


class OutcomeUnknown(DengbuError):
    """The request was sent, but no final answer came in time: it may or may not take effect.

    Ask with `client.events.get(actor, id)`, or send the same request again under the same `id`, for which the ledger
    returns the first result.
    """

    def __init__(self, what: str, id: str | None = None) -> None:
        self.id = id
        self.hint = (
            f"以同一编号重试或查询 ask again, or repeat it under the same id: {id}"
            if id
            else "重试 try again"
        )
        super().__init__(f"结果未知 the outcome is not known: {what}" + (f", id {id}" if id else ""))


def _seconds(value: str | None) -> float | None:
    """Parse a Retry-After in seconds; anything else, such as a date, counts as absent."""
    if value is None or not (value.isascii() and value.isdigit()):
        return None
    return float(value)


def from_answer(status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> ApiError:
    """Return the exception for an answer that is not 2xx."""
    if "reasons" in problem:
        return Rejected(status, problem, headers)
    if "imported" in problem:
        return AlreadyImported(status, problem, headers)
    kinds: dict[int, type[ApiError]] = {
        404: NotFound, 409: Conflict, 412: Conflict, 428: Conflict,
        429: RateLimited, 502: Unavailable, 503: Unavailable, 504: Unavailable,
    }  # fmt: skip
    return kinds.get(status, ApiError)(status, problem, headers)
