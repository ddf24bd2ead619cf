"""What texts look like at the edge of the API, and the check that a text does as a whole.

Patterns are written as the API's document publishes them: ECMA-262's `$` is the end of the text. Python's is not.
"""

import re
from typing import get_args

from marshmallow import ValidationError, validate

from dengbu.ledger.register.shapes import CaseNumber

UNIT_CODE = r"^[0-9]{12}[A-Z]{2}[0-9]{5}[A-Z][0-9]{8}$"
CASE_NUMBER: str = get_args(CaseNumber)[1].pattern.replace(r"\Z", "$")
REFERENCE = r"^[A-Za-z0-9_.:-]{1,64}$"
INSTITUTION = r"^[a-z0-9][a-z0-9-]{0,31}$"
DISTRICT = r"^[0-9]{6}$"
ITEM = r"^[a-z0-9-]{1,64}$"
HEX64 = r"^[0-9a-f]{64}$"
PRIVATE_NAME = r"^[a-z][a-z0-9_-]{0,31}$"
SHARE = r"^[1-9][0-9]{0,8}/[1-9][0-9]{0,8}$"
ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class Whole(validate.Validator):
    """A pattern that the whole text matches; Python's `$` would let a line feed through after it."""

    def __init__(self, pattern: str) -> None:
        self.regex = re.compile(pattern)  # by this name the document's generator finds what to publish

    def __call__(self, value: str) -> str:
        if self.regex.fullmatch(value) is None:
            raise ValidationError(validate.Regexp.default_message)
        return value
