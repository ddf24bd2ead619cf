"""Where the public test vectors are: `DENGBU_VECTORS`, or `shared/vectors` beside the checkout.

They are additional: what the project promises is tested by its own vectors (tests/vectors) where these are not.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def public_vectors(name: str) -> Path:
    """Return a file or folder of the public vectors; where it is missing, skip the calling test and name it."""
    folder = Path(os.environ.get("DENGBU_VECTORS", ROOT.parent / "shared" / "vectors"))
    if not (folder / name).exists():
        pytest.skip(f"public vectors not found, set DENGBU_VECTORS to their folder: no {name} in {folder}")
    return folder / name
