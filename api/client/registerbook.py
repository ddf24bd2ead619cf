"""What the register says: units, mortgages, certificates, institutions; and the import of titles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from dengbu.api.client.models import Certificate, FeedItem, Institution, Mortgage, Outcome, Unit, build
from dengbu.api.client.pages import pages
from dengbu.api.client.submission import WAIT_S, Submission
from dengbu.api.client.transport import Transport


class Units:
    """`client.units`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(
        self, code: str, *, at_index: int | None = None, at: str | None = None, valid: str | None = None
    ) -> Unit:
        """A unit now, as recorded by an entry, or by the end of an ISO day (UTC+8).

        `valid` asks that register who owned the unit at the end of a day by valid time: `Unit.valid`.
        """
        query = {"at_index": at_index, "at": at, "valid": valid}
        return build(Unit, self._transport.get(f"/v1/units/{code}", query).json())

    def history(self, code: str) -> Iterator[FeedItem]:
        """Every entry that touched the unit, in order."""
        for item in pages(self._transport, f"/v1/units/{code}/history", {}):
            yield build(FeedItem, item)


class Mortgages:
    """`client.mortgages`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> Iterator[Mortgage]:
        """This institution's own mortgages."""
        for item in pages(self._transport, "/v1/mortgages", {"mortgagee": "mine"}):
            yield build(Mortgage, item)


class Certificates:
    """`client.certificates`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, number: str) -> Certificate:
        """What a certificate number stands for."""
        return build(
            Certificate,
            self._transport.get("/v1/certificates/" + quote(number, safe="")).json(),
            number=number,
        )


class Institutions:
    """`client.institutions`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> tuple[Institution, ...]:
        """Every institution, with role and status."""
        found = self._transport.get("/v1/institutions").json()
        return tuple(
            build(Institution, item) for item in (found["items"] if isinstance(found, dict) else found)
        )

    def policy_text(self) -> str:
        """The node's own policy file: to compare with yours, never to verify that same node with."""
        return self._transport.get("/v1/policy.txt", accept="text/plain").body.decode()


class Titles:
    """`client.titles`."""

    def __init__(self, transport: Transport, submission: Submission) -> None:
        self._transport = transport
        self._submission = submission

    def import_one(
        self, title: Mapping[str, Any], *, key: str | None = None, wait: float = WAIT_S
    ) -> Outcome:
        """Import one existing title (registry); names and numbers stay in the registry's vault."""
        outcome, _ = self._submission.post("/v1/titles", title, key=key, wait=wait)
        return outcome

    def holder_reference(self, unit: str, id_type: str, id_no: str) -> str:
        """The reference by which a person is named at a unit (registry); nothing is stored."""
        person = {"unit": unit, "id_type": id_type, "id_no": id_no}
        return str(self._transport.post("/v1/holder-references", person).json()["ref"])
