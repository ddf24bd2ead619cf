"""Reading the register: units, mortgages, certificates and institutions."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from dengbu.api.client.models import (
    Certificate,
    FeedItem,
    Institution,
    Mortgage,
    Policy,
    Seizure,
    Unit,
    build,
)
from dengbu.api.client.pages import pages
from dengbu.api.client.transport import Transport


class Units:
    """Units, as `client.units`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(
        self, code: str, *, at_index: int | None = None, at: str | None = None, valid: str | None = None
    ) -> Unit:
        """Return a unit as it is now, as of the entry `at_index`, or as of the end of the day `at` (ISO date, UTC+8).

        `valid` is a day (ISO date): `Unit.valid` then says who owned the unit at its end by valid time, according to
        the same register.
        """
        query = {"at_index": at_index, "at": at, "valid": valid}
        return build(Unit, self._transport.get(f"/v1/units/{code}", query).json())

    def history(self, code: str) -> Iterator[FeedItem]:
        """Iterate over every entry that touched the unit, in order."""
        for item in pages(self._transport, f"/v1/units/{code}/history", {}):
            yield build(FeedItem, item)


class Mortgages:
    """Mortgages, as `client.mortgages`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> Iterator[Mortgage]:
        """Iterate over this institution's own mortgages."""
        for item in pages(self._transport, "/v1/mortgages", {"mortgagee": "mine"}):
            yield build(Mortgage, item)


class Seizures:
    """Seizures, as `client.seizures`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, unit: str | None = None, status: str | None = None) -> Iterator[Seizure]:
        """Iterate over a court's own seizures, or at the registry over all courts', as they stand now.

        `status` is effective, waiting, released, lapsed or carried.
        """
        for item in pages(self._transport, "/v1/seizures", {"unit": unit, "status": status}):
            yield build(Seizure, item)


class Certificates:
    """Certificates, as `client.certificates`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, number: str) -> Certificate:
        """Return what a certificate number stands for."""
        return build(
            Certificate,
            self._transport.get("/v1/certificates/" + quote(number, safe="")).json(),
            number=number,
        )


class Institutions:
    """Institutions, as `client.institutions`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> tuple[Institution, ...]:
        """Return every institution, with its role and status."""
        found = self._transport.get("/v1/institutions").json()
        return tuple(
            build(Institution, item) for item in (found["items"] if isinstance(found, dict) else found)
        )

    def policy(self) -> Policy:
        """Return the policy in force: what the members agreed on, and how many of them it takes to change it."""
        found = self._transport.get("/v1/policy").json()
        fields = {name: value for name, value in found.items() if name not in ("active", "rule_set_number")}
        return build(Policy, found, fields=fields)

    def policy_text(self) -> str:
        """Return the node's own policy file, to compare with yours; never use it to verify that same node."""
        return self._transport.get("/v1/policy.txt", accept="text/plain").body.decode()
