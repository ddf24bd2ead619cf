"""Finds out in which encoding a file of text is written.

A byte order mark decides. Without one the file is UTF-8 or of the GBK family, if it can be read as only one of them.
A file of ASCII and a few characters can be both: the reading in which a word of a file of titles stands is then the
right one, and if that decides nothing, a person does.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dengbu.scripts.titles.columns import words
from dengbu.scripts.titles.faults import NO_COLUMN, Fault, NotRead

AUTO, UTF_8, GBK, GB18030, UTF_16 = "auto", "utf-8", "gbk", "gb18030", "utf-16"
ENCODINGS = (AUTO, UTF_8, GBK, GB18030, UTF_16)
CHUNK_BYTES = 2**20
# mark -> the encoding as a person names it, and the codec for what follows the mark
MARKS = {
    codecs.BOM_UTF8: (UTF_8, "utf-8"),
    codecs.BOM_UTF16_LE: (UTF_16, "utf-16-le"),
    codecs.BOM_UTF16_BE: (UTF_16, "utf-16-be"),
}
_WORD = re.compile("|".join(sorted(words(), key=len, reverse=True)))
_WORD_CHARACTERS_MAX = max(map(len, words()))


@dataclass(frozen=True)
class Reading:
    """A way to read a file: the encoding, the codec, and how many bytes of a mark come before the text."""

    encoding: str
    codec: str
    mark_bytes: int = 0

    def open(self, path: Path) -> io.TextIOWrapper:
        """Open the file at the beginning of its text; line ends stay as they are."""
        file = path.open("rb")
        file.seek(self.mark_bytes)
        return io.TextIOWrapper(file, encoding=self.codec, newline="")


def readings(path: Path, asked: str = AUTO) -> tuple[Reading, ...]:
    """Return the ways in which a file can be read: one, or two between which only a person can decide.

    Raises NotRead if there is none.
    """
    with path.open("rb") as file:
        start = file.read(CHUNK_BYTES)
    mark = next((one for one in MARKS if start.startswith(one)), b"")
    if mark:
        return (_marked(path, mark, asked),)
    if asked == UTF_16:
        return (_unmarked(path, start),)
    if asked != AUTO:
        reading = Reading(asked, asked)
        stop = _stop(path, reading)
        if stop is not None:
            raise NotRead(Fault(stop, NO_COLUMN, f"不是 {asked} 编码 not {asked}: this line has other bytes"))
        return (reading,)
    return _guessed(path)


def _unmarked(path: Path, start: bytes) -> Reading:
    """Return the reading of a file in UTF-16 without its mark: the zero bytes of ASCII characters tell the byte order."""
    first, second = start[::2].count(0), start[1::2].count(0)
    reading = Reading(UTF_16, "utf-16-be" if first > second else "utf-16-le")
    stop = _stop(path, reading) if first != second else 1
    if stop is not None:
        why = "不是 UTF-16，或缺字节序标记而无从判断字节序 not UTF-16, or without the byte order mark that tells which"
        raise NotRead(Fault(stop, NO_COLUMN, why))
    return reading


def _marked(path: Path, mark: bytes, asked: str) -> Reading:
    name, codec = MARKS[mark]
    if asked not in (AUTO, name):
        raise NotRead(
            Fault(
                1,
                NO_COLUMN,
                f"文件带 {name} 标记，不是 {asked} it begins with the mark of {name}, not of {asked}",
            )
        )
    reading = Reading(name, codec, len(mark))
    stop = _stop(path, reading)
    if stop is not None:
        raise NotRead(Fault(stop, NO_COLUMN, f"不是 {name} 编码 not {name}, whose mark it begins with"))
    return reading


def _guessed(path: Path) -> tuple[Reading, ...]:
    unicode, gbk, gb18030 = (Reading(name, name) for name in (UTF_8, GBK, GB18030))
    if _is_ascii(path):
        return (unicode,)
    stops = {unicode: _stop(path, unicode), gbk: _stop(path, gbk)}
    if stops[gbk] is not None:  # GB18030 reads everything that GBK does as GBK does
        del stops[gbk]
        stops[gb18030] = _stop(path, gb18030)
    fit = tuple(reading for reading, stop in stops.items() if stop is None)
    if not fit:
        told = ", ".join(f"{reading.encoding} 第 {stop} 行 line {stop}" for reading, stop in stops.items())
        last = max(stop for stop in stops.values() if stop is not None)
        raise NotRead(
            Fault(last, NO_COLUMN, f"编码无法识别 neither UTF-8 nor GB18030: other bytes in {told}")
        )
    sound = tuple(reading for reading in fit if len(fit) == 1 or _has_word(path, reading))
    return sound if len(sound) == 1 else fit


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as file:
        return all(chunk.isascii() for chunk in iter(lambda: file.read(CHUNK_BYTES), b""))


def _stop(path: Path, reading: Reading) -> int | None:
    """Return the line of the first byte that is no text in this reading, as an editor counts; None if there is none."""
    decoder = codecs.getincrementaldecoder(reading.codec)()
    ends = io.IncrementalNewlineDecoder(None, translate=True)
    line = 1
    with path.open("rb") as file:
        file.seek(reading.mark_bytes)
        while True:
            raw = file.read(CHUNK_BYTES)
            try:
                text = decoder.decode(raw, final=not raw)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(reading.codec)
                return line + ends.decode(before, final=True).count("\n")
            line += ends.decode(text, final=not raw).count("\n")
            if not raw:
                return None


def _has_word(path: Path, reading: Reading) -> bool:
    return any(_WORD.search(text) for text in _overlapping(path, reading))


def _overlapping(path: Path, reading: Reading) -> Iterator[str]:
    """Yield a file's text in pieces that overlap, so that no word is cut in all of them."""
    with reading.open(path) as file:
        before = ""
        while text := file.read(CHUNK_BYTES):
            yield before + text
            before = text[-_WORD_CHARACTERS_MAX:]
