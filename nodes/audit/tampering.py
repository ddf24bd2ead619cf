"""The error raised at start-up when the ledger on the disk is not what it must be."""


class Tampered(Exception):
    """Stored data contradicts the log, itself, or what was signed.

    `place` names table and row, `problem` what differs, `remedy` what to do.
    """

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place = place
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"账本被改动或损坏 ledger altered or damaged at {self.place}: {self.problem}. {self.remedy}"
