"""What looks like a number of a person in an id that a caller chose: such ids stay on the log, or in the logs, for good.

Looked for are citizen identity numbers (GB 11643: 18 places, and the 15 of those issued until 1999) and mobile numbers (11
places, 13 to 19 first, with or without 86). A number inside a longer run of hexadecimal digits is none, so that random ids
never are; the check digit is not looked at, for a mistyped number names nearly the same person.
"""

import re

_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_CITIZEN = rf"[1-9][0-9]{{5}}(?:18|19|20)[0-9]{{2}}{_MONTH}{_DAY}[0-9]{{3}}[0-9Xx]"
_OLD_CITIZEN = rf"[1-9][0-9]{{7}}{_MONTH}{_DAY}[0-9]{{3}}"
_MOBILE = "(?:(?:00)?86)?1[3-9][0-9]{9}"
_PERSONAL = re.compile(f"(?<![0-9A-Fa-f])(?:{_CITIZEN}|{_OLD_CITIZEN}|{_MOBILE})(?![0-9A-Fa-f])")


def looks_personal(text: str) -> bool:
    """Return whether a text holds what looks like an identity number or a mobile number."""
    return _PERSONAL.search(text) is not None
