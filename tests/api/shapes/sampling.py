"""What two runs of one story have in common: whatever is made anew in each run has a sample in its place.

References, hashes, keys, signatures, instants and days get samples in the order in which they come; long lists are cut.
"""

import base64
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from dengbu.ledger.log.tiles import bundle, split_bundle

Json = dict[str, Any]
LIST_SHOWN_MAX = 2
LISTS = {"items", "keys", "groups"}
HASH_BYTES, BYTES_SHOWN_MAX = 32, 96
INSTANT_MS_MIN = 10**12
FIRST_INSTANT_MS = 1_795_305_600_000
SAMPLE_DAY = "2026-11-22"
SAMPLE_MS = 4_200
SIGNATURE = "A" * 86 + "=="
NOTE_KEY = "+1a2b3c4d+A" + "b" * 43
# Members that say something of the machine, of the day or of the software.
SAMPLES: Json = {
    "request_id": "3f8a6c0d5b7e9124",
    "python": "3.11.7",
    "sqlite": "3.45.1",
}
_CHINA = timezone(timedelta(hours=8))
_HEX = re.compile(r"\b[0-9a-f]{64}\b")
_NOTE_KEY = re.compile(r"\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,44}=*")
_BASE64 = re.compile(r"^[A-Za-z0-9+/]{85}[AQgw]==$")


class Sampler:
    """Puts samples for what differs from run to run; one for a whole story, so that what was equal stays equal."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self._counts: dict[str, int] = {}
        today = datetime.now(UTC).astimezone(_CHINA).date()
        self._days = {f"{today:%Y%m%d}": SAMPLE_DAY.replace("-", ""), f"{today:%Y-%m-%d}": SAMPLE_DAY}

    def __call__(self, value: Any, name: str = "") -> Any:
        """A JSON value with samples in it; `name` is that of the member which it is."""
        if name in SAMPLES:
            return SAMPLES[name]
        if name == "checks":
            return {each: {**one, "value": "…"} for each, one in list(value.items())[:LIST_SHOWN_MAX]}
        if isinstance(value, dict):
            return {each: self(one, each) for each, one in value.items()}
        if isinstance(value, list):
            if name == "keys":
                value = sorted(value, key=lambda key: str(key.get("cls")))
            made = [self(one) for one in (value[:LIST_SHOWN_MAX] if name in LISTS else value)]
            return sorted(made, key=lambda one: one["key"]) if name == "sigs" else made
        if isinstance(value, str):
            return self._text(value, name)
        return self._number(value, name)

    def bytes(self, raw: bytes) -> str:
        """Bytes in base64: a tile of one hash, or where a bundle begins."""
        if len(raw) == HASH_BYTES:
            return base64.b64encode(bytes.fromhex(self._text(raw.hex(), ""))).decode()
        leaf = json.dumps(
            self(json.loads(split_bundle(raw)[0])), ensure_ascii=False, separators=(",", ":")
        ).encode()
        return base64.b64encode(bundle([leaf])[:BYTES_SHOWN_MAX]).decode()

    def _number(self, value: Any, name: str) -> Any:
        if type(value) is not int:
            return value
        if name.endswith("_ms"):
            return SAMPLE_MS
        if value > INSTANT_MS_MIN:
            return FIRST_INSTANT_MS + 1_000 * self._place("instant", value)
        return value

    def _text(self, text: str, name: str) -> str:
        if name.endswith("_ms"):
            return f"{SAMPLE_MS}/1"
        if _BASE64.fullmatch(text):
            return SIGNATURE
        text = _NOTE_KEY.sub(NOTE_KEY, text)
        for day, sample in self._days.items():
            text = text.replace(day, sample)
        return _HEX.sub(lambda found: f"{self._place('hex', found[0]) + 1:064x}", text)

    def _place(self, kind: str, value: Any) -> int:
        """The place of a value among those of its kind, in the order of the story."""
        if (kind, value) not in self._known:
            self._known[kind, value] = self._counts.get(kind, 0)
            self._counts[kind] = self._known[kind, value] + 1
        found: int = self._known[kind, value]
        return found
