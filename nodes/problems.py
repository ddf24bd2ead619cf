"""What an institution's own checks find: a stable code, where, and words in Chinese and English; never a value."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that does not hold: a stable code, where (part or unit), Chinese and English words."""

    code: str
    where: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} {self.en} [{self.code}] {self.where}"


class Blocked(Exception):
    """This institution must not sign: `problems` lists everything that does not hold."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
