"""Sending titles to the registry: over a few connections, repeatable without importing anything twice."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from api.client import Client

IMPORT_WORKERS = 4
WAIT_S = 20.0


def import_titles(
    connect: Callable[[], Client], titles: Sequence[dict[str, Any]], step: Callable[[], Any]
) -> None:
    """Submit titles over a few connections; the id is the certificate's, so that a second run imports nothing twice."""

    def run(part: Sequence[dict[str, Any]]) -> None:
        with connect() as client:
            for title in part:
                client.titles.import_one(title, key=f"import-{title['unit']}", wait=0)
                step()
            for title in part[-1:]:
                client.titles.import_one(title, key=f"import-{title['unit']}", wait=WAIT_S)

    with ThreadPoolExecutor(IMPORT_WORKERS) as pool:
        for done in [pool.submit(run, titles[n::IMPORT_WORKERS]) for n in range(IMPORT_WORKERS)]:
            done.result()
