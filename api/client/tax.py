"""The tax side of a case: assess, clear and refund. Nobody can enter a transfer whose taxes are not cleared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dengbu.api.client.models import PENDING, Deal, build
from dengbu.api.client.pages import pages
from dengbu.api.client.submission import WAIT_S, Submission
from dengbu.api.client.transport import Transport
from dengbu.ledger.rules.taxes import BUREAU


class Tax:
    """Taxes, as `client.tax`.

    Every call that sends an event verifies its receipt (if the client has a policy) and returns the deal as it is
    afterwards, or a pending one if time ran out.
    """

    def __init__(self, transport: Transport, submission: Submission) -> None:
        self._transport = transport
        self._submission = submission

    def deal(self, case: str) -> Deal:
        """Return the deal of a case."""
        return build(Deal, self._transport.get(f"/v1/deals/{case}").json())

    def deals(self, *, state: str | None = None) -> Iterator[Deal]:
        """Iterate over deals, fetched page by page."""
        for item in pages(self._transport, "/v1/deals", {"state": state}):
            yield build(Deal, item)

    def waiting(self) -> Iterator[Deal]:
        """Deals that wait for the bureau: assessment, payment, a refund or a clawback; oldest first, page by page."""
        for item in pages(self._transport, "/v1/worklists/tax", {}):
            yield build(Deal, item)

    def assess(
        self,
        case: str,
        gates: Mapping[str, str],
        *,
        version: int | None = None,
        private: Mapping[str, Mapping[str, Any]] | None = None,
        key: str | None = None,
        wait: float = WAIT_S,
    ) -> Deal:
        """Assess which taxes are due: {"deed": "due" | "none", ...}; amounts go in `private`.

        `version` is the one after the deal's, which is read first if not given. Give it whenever you give a `key`,
        because a retry must be the same request.
        """
        following = self.deal(case).version + 1 if version is None else version
        body: dict[str, Any] = {"version": following, "gates": dict(gates)}
        return self._act(case, "assess", body, private, key, wait)

    def clear(
        self,
        case: str,
        vouchers: Sequence[Mapping[str, str]],
        *,
        version: int | None = None,
        private: Mapping[str, Mapping[str, Any]] | None = None,
        key: str | None = None,
        wait: float = WAIT_S,
    ) -> Deal:
        """Confirm payment or exemption by vouchers: [{"tax", "number", "kind": "payment" | "part" | "exemption"}].

        `version` is that of the assessment, which is read first if not given.
        """
        current = self.deal(case).version if version is None else version
        body: dict[str, Any] = {"version": current, "vouchers": list(vouchers)}
        return self._act(case, "clear", body, private, key, wait)

    def refund_request(self, case: str, ground: str, *, key: str | None = None, wait: float = WAIT_S) -> Deal:
        """Ask for a refund; `ground` is a code."""
        return self._act(case, "refund-request", {"ground": ground}, None, key, wait)

    def refund_decline(self, case: str, *, key: str | None = None, wait: float = WAIT_S) -> Deal:
        """Decline the refund that was asked for, as having no ground."""
        return self._act(case, "refund-decline", {}, None, key, wait)

    def overpayment(
        self,
        case: str,
        tax: str,
        *,
        paid_on: str,
        found_by: str = BUREAU,
        private: Mapping[str, Mapping[str, Any]] | None = None,
        key: str | None = None,
        wait: float = WAIT_S,
    ) -> Deal:
        """Pay back an overpayment of a tax made on `paid_on` (ISO date), found by the "bureau" or the "taxpayer"."""
        body = {"tax": tax, "paid_on": paid_on, "found_by": found_by}
        return self._act(case, "overpayment", body, private, key, wait)

    def clawback(self, case: str, ground: str, *, key: str | None = None, wait: float = WAIT_S) -> Deal:
        """Claim back, after entry, deed tax that was exempted or reduced; `ground` is a code."""
        return self._act(case, "clawback", {"ground": ground}, None, key, wait)

    def clawback_paid(
        self, case: str, vouchers: Sequence[str], *, key: str | None = None, wait: float = WAIT_S
    ) -> Deal:
        """Confirm by voucher numbers that the amount claimed back is paid."""
        return self._act(case, "clawback-paid", {"vouchers": list(vouchers)}, None, key, wait)

    def check(self, case: str, *, purpose: str = "tax-assessment") -> Any:
        """Return the rate table applied to the case's payloads: {"lines", "warnings"}.

        The read of the payloads is logged first. The check decides nothing.
        """
        return self._transport.get(f"/v1/cases/{case}/tax/check", {"purpose": purpose}).json()

    def refund(self, case: str, *, key: str | None = None, wait: float = WAIT_S) -> Deal:
        """Refund the taxes paid; the vouchers can never be used again."""
        return self._act(case, "refund", {}, None, key, wait)

    def _act(
        self,
        case: str,
        act: str,
        body: dict[str, Any],
        private: Mapping[str, Mapping[str, Any]] | None,
        key: str | None,
        wait: float,
    ) -> Deal:
        if private:
            body["private"] = dict(private)
        outcome, _ = self._submission.post(f"/v1/cases/{case}/tax/{act}", body, key=key, wait=wait)
        deal = self.deal(case) if outcome.final else Deal(case=case, state=PENDING)
        return replace(deal, outcome=outcome, warnings=tuple(outcome.extra.get("warnings", ())))
