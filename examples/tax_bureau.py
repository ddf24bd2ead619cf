"""A tax bureau and its work list: list what waits, assess a case, clear it. No case is entered before it is cleared.

    python examples/tax_bureau.py --url URL --key bureau.key --policy policy.txt list
    python examples/tax_bureau.py ... assess CASE '{"deed": 1273457, "iit": 1273463}'         # fen; 0 or absent: not due
    python examples/tax_bureau.py ... clear CASE '{"deed": ["344010260000000001", 1273457]}'  # voucher number, fen paid

It exits with 0 when done, 5 when the ledger refuses, 3 when something does not verify, 1 otherwise.
"""

import argparse
import json
import sys
from typing import Any

from dengbu.api.client import Client, Deal, DengbuError, Rejected, VerificationError, load_key

READERS = ["hz-tax", "hz-registry"]  # they may open the amounts; the ledger holds commitments to them
TAXES = ("deed", "iit", "lvat")


def show(bureau: Client) -> None:
    """Print each deal that waits, the taxes still due, and the refusals of its entry so far."""
    for deal in bureau.tax.waiting():
        open_taxes = [tax for tax, gate in deal.gates.items() if gate == "due" and tax not in deal.cleared]
        print(f"{deal.case} {deal.state} 未完税 due: {', '.join(open_taxes) or '-'}")
        for line in bureau.events(case=deal.case, type="case.enter", follow=False):
            print(
                f"  第 {line.index} 条 entry {line.index} {line.outcome}: {', '.join(each['name'] for each in line.reasons)}"
            )


def assess(bureau: Client, case: str, due_fen: dict[str, int]) -> Deal:
    """Name the taxes that must be cleared before entry, as the next version; amounts go in a private part."""
    version = bureau.tax.deal(case).version + 1
    gates = {tax: "due" if due_fen.get(tax) else "none" for tax in TAXES}
    private = {"amounts": {"value": {"due_fen": due_fen}, "to": READERS}}
    # Key and version together make a repeat the same request: it gets the first answer.
    return bureau.tax.assess(case, gates, version=version, private=private, key=f"{case}-assess-{version}")


def clear(bureau: Client, case: str, paid: dict[str, tuple[str, int]]) -> Deal:
    """Confirm what was paid by voucher numbers; amounts go in a private part."""
    version = bureau.tax.deal(case).version
    if not version:
        raise DengbuError(f"尚未核定 not assessed yet: {case}")
    vouchers = [{"tax": tax, "number": number, "kind": "payment"} for tax, (number, _) in paid.items()]
    paid_fen = {tax: fen for tax, (_, fen) in paid.items()}
    private = {"payments": {"value": {"paid_fen": paid_fen}, "to": READERS}}
    key = "-".join([case, "clear", str(version), *sorted(paid)])
    return bureau.tax.clear(case, vouchers, version=version, private=private, key=key)


def main() -> int:
    """List, assess or clear; return the exit code."""
    parser = argparse.ArgumentParser(description="税务待办 the tax bureau's work list")
    for name in ("--url", "--key", "--policy"):
        parser.add_argument(name, required=True)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("list")
    for step in ("assess", "clear"):
        added = steps.add_parser(step)
        added.add_argument("case")
        added.add_argument("amounts", type=json.loads)
    given = parser.parse_args()
    work: dict[str, Any] = {"assess": assess, "clear": clear}
    try:
        with Client(given.url, load_key(given.key), given.policy) as bureau:
            if given.step == "list":
                show(bureau)
                return 0
            deal = work[given.step](bureau, given.case, given.amounts)
    except Rejected as refusal:
        for reason in refusal.reasons:
            print(f"不予办理 refused: {reason['name']} {reason['title_zh']} {reason['law']}", file=sys.stderr)
        return 5
    except (DengbuError, ValueError) as error:
        print(f"{type(error).__name__}: {error}\n{getattr(error, 'hint', '')}", file=sys.stderr)
        return 3 if isinstance(error, VerificationError) else 1
    for warning in deal.warnings:  # from the rate table; they stop nothing
        print(f"提示 warning: {warning['detail_zh']} {warning['detail_en']}", file=sys.stderr)
    print(f"{deal.case} {deal.state} 第 version {deal.version} 版")
    return 0


if __name__ == "__main__":
    sys.exit(main())
