"""Tells the story of the demo on standard error: Chinese first, English second, with elapsed times."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Narrator:
    """Prints scenes and lines with the elapsed seconds; with `as_json`, also one JSON object per line on stdout."""

    def __init__(self, *, as_json: bool) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._as_json = as_json
        self._began = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the story began."""
        return time.monotonic() - self._began

    def scene(self, letter: str, zh: str, en: str) -> None:
        """Open a scene."""
        self._console.print(f"\n[bold]{self._clock()} ({letter}) {zh}[/bold]\n{' ' * 10}[dim]{en}[/dim]")
        self._emit({"scene": letter, "zh": zh, "en": en})

    def line(self, zh: str, en: str, **facts: Any) -> None:
        """Tell one thing that happened, with facts for the JSON form."""
        self._console.print(f"{self._clock()}   {zh}\n{' ' * 12}[dim]{en}[/dim]")
        self._emit({"zh": zh, "en": en, **facts})

    def reasons(self, reasons: Sequence[dict[str, Any]]) -> None:
        """List every reason of a refusal, each with its number and articles."""
        for reason in reasons:
            law = "、".join(reason["law"])
            self._console.print(f"{' ' * 12}[red]✗[/red] {reason['code']} {reason['title_zh']} ({law})")
            self._console.print(f"{' ' * 14}[dim]{reason['name']}: {reason['title_en']}[/dim]")
        self._emit({"reasons": list(reasons)})

    @contextmanager
    def progress(self, zh: str, en: str, total: int) -> Iterator[Any]:
        """Show a progress bar; yield a function to call with how many more items are done."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as bar:
            task = bar.add_task(f"          {zh} {en}", total=total)
            yield lambda count: bar.advance(task, count)

    def _clock(self) -> str:
        return f"[cyan]{self.elapsed_s:7.2f}s[/cyan]"

    def _emit(self, record: dict[str, Any]) -> None:
        if self._as_json:
            print(
                json.dumps({"elapsed_s": round(self.elapsed_s, 3), **record}, ensure_ascii=False), flush=True
            )
