"""The Dengbu client: it talks to one node, verifies every receipt that it returns, and loads no web framework.

with Client("http://127.0.0.1:8017", key=load_key("outlet.key"), policy="policy.txt") as bank:
    case = bank.cases.apply(district="441302", channel="outlet", acts=[...], key="loan-2026-000123")
    print(case.number, case.receipt().index)

This room may import the ledger, and no other room of the API.
"""

from dengbu.api.client.cases import Case, Precheck
from dengbu.api.client.client import Client
from dengbu.api.client.errors import (
    AlreadyImported,
    ApiError,
    Conflict,
    DengbuError,
    NoPolicy,
    NotAPolicy,
    NotAUrl,
    NotFound,
    NotSuchData,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RulesMissing,
    TurnedAway,
    Unavailable,
    Unreachable,
    UnreadableFile,
    VerificationError,
)
from dengbu.api.client.events import NotAnEvent
from dengbu.api.client.heads import Head
from dengbu.api.client.keys import KeyFileError, load_key, new_key
from dengbu.api.client.models import (
    Certificate,
    Deal,
    FeedItem,
    Health,
    Institution,
    Mortgage,
    Outcome,
    Policy,
    Seizure,
    Unit,
)
from dengbu.api.client.receipt import Receipt
from dengbu.api.client.receipts import load_policy, verify_file
from dengbu.api.client.report import Fault, Report
from dengbu.api.client.titles import batches

__all__ = [
    "AlreadyImported",
    "ApiError",
    "Case",
    "Certificate",
    "Client",
    "Conflict",
    "Deal",
    "DengbuError",
    "Fault",
    "FeedItem",
    "Head",
    "Health",
    "Institution",
    "KeyFileError",
    "Mortgage",
    "NoPolicy",
    "NotAPolicy",
    "NotAUrl",
    "NotAnEvent",
    "NotFound",
    "NotSuchData",
    "Outcome",
    "OutcomeUnknown",
    "Policy",
    "Precheck",
    "RateLimited",
    "Receipt",
    "Rejected",
    "Report",
    "RulesMissing",
    "Seizure",
    "TurnedAway",
    "Unavailable",
    "Unit",
    "Unreachable",
    "UnreadableFile",
    "VerificationError",
    "batches",
    "load_key",
    "load_policy",
    "new_key",
    "verify_file",
]
