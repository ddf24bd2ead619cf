"""Where the public test vectors are: `DENGBU_VECTORS`, or `shared/vectors` beside the checkout."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def public_vectors() -> Path:
    """The folder of public vectors; skips the calling test, with the reason, where there is none."""
    found = Path(os.environ.get("DENGBU_VECTORS", ROOT.parent / "shared" / "vectors"))
    if not found.is_dir():
        pytest.skip(f"public vectors not found at {found}; set DENGBU_VECTORS to their folder")
    return found
