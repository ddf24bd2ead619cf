"""Types are ready before threads use them: many threads may convert to a type for the first time at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import WAIT_S_MAX

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3
AT_ONCE = """
import sys, threading
sys.setswitchinterval(1e-6)
import msgspec
{imports}

def below(kind):
    for one in kind.__subclasses__():
        yield one
        yield from below(one)

kinds = [one for one in dict.fromkeys(below(msgspec.Struct)) if one.__module__.startswith({packages})]
assert len(kinds) > 2, kinds
start = threading.Barrier(4)

def convert():
    for kind in kinds:
        start.wait()
        try:
            msgspec.convert({{name: {{}} for name in kind.__struct_fields__}}, kind)
        except (msgspec.ValidationError, TypeError):
            continue

threads = [threading.Thread(target=convert) for _ in range(4)]
for one in threads:
    one.start()
for one in threads:
    one.join()
"""


@pytest.mark.parametrize(
    ("imports", "packages"),
    [
        ("import dengbu.api.app", ("dengbu.ledger.", "dengbu.nodes.", "dengbu.api.")),
        ("import dengbu.api.client", ("dengbu.ledger.", "dengbu.api.")),
    ],
)
def test_the_first_use_of_a_type_in_many_threads(imports: str, packages: tuple[str, ...]) -> None:
    program = AT_ONCE.format(imports=imports, packages=packages)
    for _ in range(RUNS):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=WAIT_S_MAX,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
