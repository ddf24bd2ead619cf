"""What every row of the register is."""

from typing import ClassVar

import msgspec


class Record(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A row of the register in `TABLE`; the field named `KEY` is unique there."""

    TABLE: ClassVar[str]
    KEY: ClassVar[str] = "id"

    @property
    def key(self) -> str:
        """The row's key within its table."""
        found: str = getattr(self, self.KEY)
        return found
