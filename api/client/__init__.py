"""The Dengbu client: a door to one node that verifies every receipt it returns; it loads no web framework.

with Client("http://127.0.0.1:8017", key=load_key("outlet.key"), policy="policy.txt") as bank:
    case = bank.cases.apply(district="441302", channel="outlet", acts=[...], key="loan-2026-000123")
    print(case.number, case.receipt().index)
"""

from api.client.cases import Case
from api.client.client import Client
from api.client.errors import (
    ApiError,
    Conflict,
    DengbuError,
    NoPolicy,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
    Unreachable,
    VerificationError,
)
from api.client.events import NotAnEvent
from api.client.heads import Head
from api.client.keys import KeyFileError, load_key, new_key
from api.client.models import Certificate, Deal, FeedItem, Health, Institution, Mortgage, Outcome, Unit
from api.client.receipt import Receipt
from api.client.receipts import load_policy, verify_file
from api.client.report import Fault, Report

__all__ = [
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
    "NotAnEvent",
    "NotFound",
    "Outcome",
    "OutcomeUnknown",
    "RateLimited",
    "Receipt",
    "Rejected",
    "Report",
    "Unavailable",
    "Unit",
    "Unreachable",
    "VerificationError",
    "load_key",
    "load_policy",
    "new_key",
    "verify_file",
]
