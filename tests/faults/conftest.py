import os
from collections.abc import Iterator

import pytest

from tests.faults.city_of_hosts import City, city_of_hosts, town
from tests.scripts.small_town import SmallTown


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Four hosts, for all tests that want some; a test leaves them as it found them."""
    with city_of_hosts(tmp_path_factory.mktemp("hosts"), f"dbtest-{os.getpid()}") as made:
        yield made


@pytest.fixture(scope="session")
def small(city: City, tmp_path_factory: pytest.TempPathFactory) -> SmallTown:
    """Titles on those hosts."""
    return town(city, tmp_path_factory.mktemp("titles"))
