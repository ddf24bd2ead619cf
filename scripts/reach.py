"""The command that reaches each type of event and each operation of a node's API; tests compare both with what there is."""

from __future__ import annotations

from dengbu.api.client.kinds import Form

# Types of events whose command is not derived from their row.
EVENTS = {
    "network.genesis": "node genesis",
    "policy.set": "policy draft",
    "key.rotate": "keys rotate",
    "vote.report": "",  # a node's own, when its CometBFT shows it the proof
    "title.import": "title import",
    "title.import-batch": "title import",
    "case.hand-over": "",  # the automatic desk's own
}
# Operation ids of the API's document; "" for what no command of its own is needed for, since `get` reads it.
OPERATIONS = {
    "apply_for_registration": "case apply",
    "list_cases": "case list",
    "read_case": "case show",
    "read_clock": "case clock",
    "review_case": "case review",
    "suspend_case": "case suspend",
    "resume_case": "case resume",
    "enter_case": "case enter",
    "refuse_case": "case refuse",
    "withdraw_case": "case withdraw",
    "rate_case": "case rate",
    "read_case_receipt": "receipt get",
    "make_draft": "case draft",
    "countersign_draft": "case countersign",
    "list_deals": "tax list",
    "read_deal": "tax show",
    "assess_tax": "tax assess",
    "clear_tax": "tax clear",
    "request_refund": "tax refund-request",
    "pay_refund": "tax refund",
    "decline_refund": "tax refund-decline",
    "repay_overpayment": "tax overpayment",
    "claim_tax_back": "tax clawback",
    "confirm_clawback": "tax clawback-paid",
    "check_tax": "tax check",
    "read_unit": "unit show",
    "read_unit_history": "unit history",
    "list_mortgages": "mortgage list",
    "list_seizures": "court list",
    "read_certificate": "certificate show",
    "read_receipt": "receipt get",
    "make_statement": "court seize",  # and each command of a statement
    "submit_event": "event submit",
    "read_feed": "event list",
    "read_event": "event show",
    "read_checkpoint": "log head",
    "read_tile": "log audit",
    "read_entries": "log audit",
    "list_institutions": "governance members",
    "read_policy_in_force": "policy show",
    "read_policy": "get",
    "registry_worklist": "case worklist",
    "bank_worklist": "case worklist",
    "tax_worklist": "tax worklist",
    "overdue_worklist": "case overdue",
    "read_stats": "stats",
    "read_private": "payload show",
    "read_access_log": "payload log",
    "import_title": "title import",
    "import_titles": "title import",
    "holder_reference": "certificate reference",
    "healthz": "get",
    "readyz": "doctor",
    "metrics": "get",
    "version": "get",
    "list_problems": "get",
    "read_problem": "get",
}


def command_of(form: Form) -> str:
    """Return the words of the command that sends a type of event; empty if only a program of the node does."""
    if form.type in EVENTS:
        return EVENTS[form.type]
    if form.governed:
        return f"governance propose {form.type}"
    return form.type.replace(".", " ", 1)
