"""The base of every row of the register, and the holders that several kinds of row name."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from dengbu.ledger.law.values import SHARE_PATTERN
from dengbu.ledger.log.envelope import Hex64


class Record(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A row of the register, kept in the table `TABLE`, where the field named by `KEY` is unique."""

    TABLE: ClassVar[str]
    KEY: ClassVar[str] = "id"

    @property
    def key(self) -> str:
        """The row's key within its table."""
        found: str = getattr(self, self.KEY)
        return found


class Holder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A holder by reference (64 hex digits), with the share as an exact fraction."""

    ref: Hex64
    share: Annotated[str, Meta(pattern=rf"^{SHARE_PATTERN}\Z")]
