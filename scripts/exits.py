"""The exit codes of `dengbu`, as `dengbu --help` lists them, and an error as `--json` prints it."""

from __future__ import annotations

EXIT_OK = 0
EXIT_ERROR = 1
EXIT_USAGE = 2  # or something is missing on this machine that the command needs
EXIT_UNVERIFIED = 3  # what was received does not stand
EXIT_UNREACHABLE = 4
EXIT_REFUSED = 5  # by the rules of the ledger
EXIT_INTERRUPTED = 130


def as_json(name: str, message: str, hint: str, code: int, more: dict[str, object] | None = None) -> str:
    """An error as one line of JSON."""
    import json  # only when an error is printed

    fault = {"code": name, "message": message, "hint": hint, **(more or {})}
    return json.dumps({"error": fault, "exit": code}, ensure_ascii=False)
