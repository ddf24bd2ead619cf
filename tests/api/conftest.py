"""One network for all API tests: founding it costs more than any test."""

from collections.abc import Iterator

import pytest

from tests.api.town import Town, town


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A running network of five institutions."""
    with town(tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.fixture(autouse=True)
def as_described(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever the network answers in a test must be as the API's document says."""
    yield
    if "city" in request.fixturenames:
        request.getfixturevalue("city").described.settle()
