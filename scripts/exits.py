"""The exit codes of `dengbu` that `dengbu --help` lists, and the JSON of an error for `--json`."""

from __future__ import annotations

EXIT_OK = 0
EXIT_ERROR = 1
EXIT_USAGE = 2  # also if something that the command needs is missing on this machine
EXIT_UNVERIFIED = 3  # something received or stored fails verification
EXIT_UNREACHABLE = 4
EXIT_REFUSED = 5  # by the rules of the ledger
EXIT_INTERRUPTED = 130


def as_json(name: str, message: str, hint: str, code: int, more: dict[str, object] | None = None) -> str:
    """Return an error as one line of JSON."""
    import json  # needed only when an error is printed

    fault = {"code": name, "message": message, "hint": hint, **(more or {})}
    return json.dumps({"error": fault, "exit": code}, ensure_ascii=False)
