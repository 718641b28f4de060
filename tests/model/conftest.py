"""Run the long way round with `pytest tests/model --hypothesis-profile=long`."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "long",
    max_examples=20_000,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@pytest.fixture(autouse=True)
def _no_logs() -> Iterator[None]:
    """Thousands of lives would fill pages, and formatting them takes longer than living them."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
