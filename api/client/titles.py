"""Existing titles: imported one by one or in batches, and the references that stand for persons."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from dengbu.api.body_size import BODY_BYTES_MAX
from dengbu.api.client.errors import VerificationError
from dengbu.api.client.models import Outcome
from dengbu.api.client.receipt import Receipt
from dengbu.api.client.receipts import Receipts
from dengbu.api.client.submission import WAIT_S, Submission, covers, new_id
from dengbu.api.client.transport import Transport, encoded
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX, PRIVATE_MAX

TITLES_MAX = PRIVATE_MAX  # in a batch: each has a private part
KEY_TAG = b"dengbu-import-key/v1"
KEY_CHARACTERS = 48
ENVELOPE_REST_BYTES = 1_024  # of an envelope besides its titles: names of the longest, one signature
BODY_REST_BYTES = 16  # of a request's body besides its titles
PART_BYTES = (
    180  # of an envelope for the private part of a title: name, commitment, the longest id of a reader
)
REF = "0" * 64  # as long as a holder reference

Title = Mapping[str, Any]


class Titles:
    """Titles, as `client.titles`."""

    def __init__(self, transport: Transport, submission: Submission, receipts: Receipts) -> None:
        self._transport = transport
        self._submission = submission
        self._receipts = receipts
        key = transport.key
        self._secret = hashlib.sha256(key.sign(KEY_TAG)).digest() if key is not None else None

    def import_one(self, title: Title, *, key: str | None = None, wait: float = WAIT_S) -> Outcome:
        """Import one existing title (registry); names and numbers stay in the registry's vault."""
        return self.import_one_proved(title, key=key, wait=wait)[0]

    def import_one_proved(
        self, title: Title, *, key: str | None = None, wait: float = WAIT_S
    ) -> tuple[Outcome, Receipt | None]:
        """Do as `import_one`, and also return the verified receipt (None while pending, or without a policy)."""
        return self._submission.post("/v1/titles", title, key=key, wait=wait, logged=as_logged(title))

    def import_many(
        self, titles: Sequence[Title], *, key: str | None = None, wait: float = WAIT_S
    ) -> tuple[Outcome, Receipt | None]:
        """Import titles in one event, all or none (registry); return its outcome and verified receipt.

        `batches` makes batches that a node takes. Raises Rejected, whose reasons name the places of the titles in
        `at`, from 1, or AlreadyImported if some were imported before.
        """
        logged = {"titles": [as_logged(title) for title in titles]}
        body = {"titles": [*titles]}
        return self._submission.post("/v1/title-batches", body, key=key, wait=wait, logged=logged)

    def check_imported(self, title: Title, index: int) -> None:
        """Verify that the entry at an index imported this title, as far as the log shows; without a policy, do nothing.

        Raises VerificationError.
        """
        if not self._receipts.can_verify:
            return
        receipt = self._receipts.get(index)
        logged = as_logged(title)
        entered = receipt.outcome != "refused" and receipt.type.startswith("title.import")
        if not entered or not any(covers(logged, one) for one in receipt.data.get("titles", (receipt.data,))):
            raise VerificationError(
                "other-data", f"第 {index} 条未导入此权利 entry {index} did not import {title['unit']}"
            )

    def key_of(self, titles: Sequence[Title], attempt: int = 1) -> str:
        """Return the idempotency key of an attempt to import these titles: the same for the same content.

        The key becomes the event's id, which is on the log. It is made with a secret drawn from the client's key, since
        from a plain hash of the content anyone could check a guess of an identity number.
        """
        if self._secret is None:
            return new_id()
        content = orjson.dumps([attempt, [*titles]], option=orjson.OPT_SORT_KEYS)
        return f"import-{hmac.new(self._secret, content, hashlib.sha256).hexdigest()[:KEY_CHARACTERS]}"

    def holder_reference(self, unit: str, id_type: str, id_no: str) -> str:
        """Return the reference that stands for a person at a unit (registry); nothing is stored."""
        person = {"unit": unit, "id_type": id_type, "id_no": id_no}
        return str(self._transport.post("/v1/holder-references", person).json()["ref"])


def batches(titles: Iterable[Title]) -> Iterator[list[Title]]:
    """Cut titles into batches, in their order, each as large as a node and the ledger take it."""
    batch: list[Title] = []
    sent, logged = BODY_REST_BYTES, ENVELOPE_REST_BYTES
    for title in titles:
        more = len(encoded(title)) + 1
        on_log = len(orjson.dumps(_with_refs(title))) + PART_BYTES
        if batch and (
            len(batch) == TITLES_MAX or sent + more > BODY_BYTES_MAX or logged + on_log > ENVELOPE_BYTES_MAX
        ):
            yield batch
            batch, sent, logged = [], BODY_REST_BYTES, ENVELOPE_REST_BYTES
        batch.append(title)
        sent += more
        logged += on_log
    if batch:
        yield batch


def as_logged(title: Title) -> dict[str, Any]:
    """Return what the log shows of a title; the references of its holders are left out, which the node makes."""
    return {
        "unit": title["unit"],
        "use": title["use"],
        "area_cm2": title["area_cm2"],
        "right": {
            "mode": title["mode"],
            "holders": [{"share": one["share"]} for one in title["holders"]],
            "certificate": title["certificate"],
            "registered_on": title["registered_on"],
        },
    }


def _with_refs(title: Title) -> dict[str, Any]:
    logged = as_logged(title)
    logged["right"]["holders"] = [{**one, "ref": REF} for one in logged["right"]["holders"]]
    return logged
