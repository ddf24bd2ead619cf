import os
from collections.abc import Iterator

import pytest

from tests.faults import city_of_hosts
from tests.faults.city_of_hosts import City
from tests.faults.scene import Scene, scene
from tests.scripts.small_town import SmallTown


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Four hosts, shared by all tests that want some; each test leaves them as it found them."""
    with city_of_hosts.city_of_hosts(tmp_path_factory.mktemp("hosts"), f"dbtest-{os.getpid()}") as made:
        yield made


@pytest.fixture(scope="session")
def small(city: City, tmp_path_factory: pytest.TempPathFactory) -> SmallTown:
    """Titles on those hosts."""
    return city_of_hosts.town(city, tmp_path_factory.mktemp("titles"))


@pytest.fixture(scope="module")
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A network on CometBFT for the tests of one file, with its outlets."""
    with scene(tmp_path_factory.mktemp(request.module.__name__.rpartition("_")[2])) as made:
        yield made
