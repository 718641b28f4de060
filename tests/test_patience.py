"""How long we wait for what, against the generator's advice on polling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.patience import Patience

DAY = 86_400.0
PATIENCE = Patience()


# "2-3 s for the first 30 s, then 5-10 s, after 2 min 15-30 s"
# https://docs.kie.ai/market/common/get-task-detail
@pytest.mark.parametrize(
    ("elapsed", "least", "most"),
    [
        (0, 2, 3),
        (29.9, 2, 3),
        (30, 5, 10),
        (119.9, 5, 10),
        (120, 15, 30),
        (899, 15, 30),
    ],
)
def test_lookups_are_as_rare_as_the_generator_asks(elapsed, least, most):
    assert least <= PATIENCE.until_lookup(elapsed, called_back=False) <= most


def test_a_job_is_given_up_when_the_generator_says_so():
    assert 600 <= PATIENCE.timeout <= 900


@pytest.mark.parametrize(
    ("elapsed", "wait"), [(0, 30), (30, 30), (100, 100), (180, 180), (5_000, 180)]
)
def test_where_a_callback_will_come_lookups_are_rare(elapsed, wait):
    assert PATIENCE.until_lookup(elapsed, called_back=True) == wait


@given(elapsed=st.floats(0, DAY), called_back=st.booleans(), poll=st.floats(0.01, 60))
def test_lookups_keep_the_pace_that_was_set(elapsed, called_back, poll):
    wait = Patience(poll=poll).until_lookup(elapsed, called_back=called_back)
    assert poll <= wait <= 60 * poll


@pytest.mark.parametrize(
    ("elapsed", "wait"), [(0, 3), (900, 900), (40_000, 40_000), (DAY - 1, DAY - 1), (DAY, None)]
)
def test_a_job_we_have_given_up_is_followed_for_a_day(elapsed, wait):
    assert PATIENCE.until_follow_up(elapsed, first=False) == wait


def test_a_job_is_looked_at_again_however_late_it_is_given_up():
    assert PATIENCE.until_follow_up(900, first=True) == 900
    assert PATIENCE.until_follow_up(3 * DAY, first=True) == 3_600


@pytest.mark.parametrize(
    ("tries", "wait"), [(0, 2), (1, 2), (2, 5), (3, 12), (4, 30), (5, 60), (6, 60), (99, 60)]
)
def test_each_retry_waits_longer_up_to_a_minute(tries, wait):
    assert PATIENCE.until_retry(tries, None, jitter=0.5) == wait
    assert PATIENCE.until_retry(tries, None, jitter=0.0) == 0.75 * wait
    assert PATIENCE.until_retry(tries, None, jitter=1.0) == 1.25 * wait


def test_retries_keep_the_pace_that_was_set():
    assert Patience(poll=0.3).until_retry(1, None, jitter=0.5) == pytest.approx(0.2)


@given(
    tries=st.integers(0, 50),
    retry_after=st.floats(0, 3_600),
    jitter=st.floats(0, 1),
)
def test_a_wait_the_other_side_names_is_never_shortened(tries, retry_after, jitter):
    wait = PATIENCE.until_retry(tries, retry_after, jitter=jitter)
    assert retry_after <= wait <= retry_after + 1


@pytest.mark.parametrize(
    ("elapsed", "tries", "forgotten"),
    [(30, 9, False), (31, 3, False), (31, 4, True), (0, 0, False)],
)
def test_a_job_is_forgotten_when_it_was_unknown_for_long_and_often(elapsed, tries, forgotten):
    assert PATIENCE.forgets(elapsed, tries) is forgotten


@pytest.mark.parametrize(
    ("timeout", "elapsed", "over"),
    [
        (900, DAY, False),
        (900, DAY + 1, True),
        (2 * DAY, DAY + 1, False),
        (2 * DAY, 2 * DAY + 1, True),
    ],
)
def test_a_result_waits_a_day_or_the_timeout_to_be_delivered(timeout, elapsed, over):
    assert Patience(timeout=timeout).gives_up_delivery(elapsed) is over
