"""The client against a generator that answers, keeps silent and goes wrong over real HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from pyrate_limiter import Rate

from bot.errors import Gone, Reason, Refused, Transient, Unclear
from bot.nanobanana.client import SUBMISSIONS, NanoBanana
from bot.neighbours import JobState, Record
from bot.prompt import Order
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.job_faults import Fault, Where
from bot.sandbox.painter import read_mark
from tests.conftest import photo
from tests.ports import free_port
from tests.written import fetched

KEY = "kie-key-0123456789abcdef"
FOX = Order(prompt="a red fox", model="banana", ratio="16:9", size="1k", format="png")
HAT = Order(prompt="give it a hat", model="edit", ratio="auto", size="1k", format="jpg")


@pytest.fixture
async def server() -> AsyncIterator[GeneratorServer]:
    async with GeneratorServer(api_key=KEY, seconds_per_job=0.0, rate=None) as running:
        yield running
    assert running.problems == []


def client_of(url: str, **more: Rate) -> NanoBanana:
    return NanoBanana(api_url=url, upload_url=url, api_key=KEY, **more)


@pytest.fixture
async def kie(server: GeneratorServer) -> AsyncIterator[NanoBanana]:
    client = client_of(server.url)
    yield client
    await client.close()


async def ended(server: GeneratorServer, kie: NanoBanana, order: Order = FOX) -> Record:
    """The record of a new job after its end."""
    job = await kie.submit(order, [], None)
    await server.wait_for(lambda: server.jobs[job].ended)
    return await kie.look_up(job)


async def test_from_an_order_to_the_picture(server: GeneratorServer, kie: NanoBanana) -> None:
    server.hold()
    job = await kie.submit(FOX, [], "http://127.0.0.1:1/door?picture=7")
    running = await kie.look_up(job)
    assert (running.state, running.callback) == (
        JobState.RUNNING,
        "http://127.0.0.1:1/door?picture=7",
    )
    server.release()
    await server.wait_for(lambda: server.jobs[job].ended)
    done = await kie.look_up(job)
    assert done.state is JobState.DONE
    assert done.result is not None
    mark = read_mark(await fetched(kie, done.result))
    assert mark is not None
    assert mark.job_id == job


async def test_the_key_is_shown_to_the_api_and_never_to_the_files(
    server: GeneratorServer, kie: NanoBanana
) -> None:
    record = await ended(server, kie)
    await fetched(kie, record.result)
    shown = {
        one.path.startswith("/api/"): "Authorization" in one.headers for one in server.requests
    }
    assert shown == {True: True, False: False}


async def test_a_reference_is_uploaded_and_used(server: GeneratorServer, kie: NanoBanana) -> None:
    address = await kie.upload("references/cat.jpg", photo(64, 64))
    assert await fetched(kie, address) == photo(64, 64)
    job = await kie.submit(HAT, [address], None)
    await server.wait_for(lambda: server.jobs[job].ended)
    assert server.jobs[job].references == [photo(64, 64)]


async def test_an_expired_address_is_renewed(server: GeneratorServer, kie: NanoBanana) -> None:
    record = await ended(server, kie)
    server.faults.add(Fault(where="result", kind="status", code=404))
    with pytest.raises(Gone):
        await fetched(kie, record.result)
    renewed = await kie.renew(record.result or "")
    assert renewed != record.result
    assert await fetched(kie, renewed)


async def test_an_address_of_somebody_else_is_not_renewed(kie: NanoBanana) -> None:
    with pytest.raises(Refused):
        await kie.renew("https://files.example/a.png")


async def test_the_balance_is_a_number_of_credits(server: GeneratorServer, kie: NanoBanana) -> None:
    assert await kie.balance() == 5454.65
    server.balance = 3
    assert await kie.balance() == 3.0


async def test_an_unknown_job_is_said_to_be_unknown(kie: NanoBanana) -> None:
    assert (await kie.look_up("0" * 32)).state is JobState.UNKNOWN


@pytest.mark.parametrize("kind", ["lost", "closed", "html", "malformed"])
async def test_a_submission_whose_answer_is_lost_is_unclear(
    server: GeneratorServer, kie: NanoBanana, kind: str
) -> None:
    server.faults.add(Fault(where="create", kind=kind))
    with pytest.raises(Unclear):
        await kie.submit(FOX, [], None)
    assert len(server.jobs) == (1 if kind == "lost" else 0)


async def test_an_error_with_an_id_is_a_job(server: GeneratorServer, kie: NanoBanana) -> None:
    server.faults.add(Fault(where="create", kind="code_and_id", code=505))
    assert await kie.submit(FOX, [], None) in server.jobs


async def test_a_submission_that_never_left_is_not_unclear() -> None:
    kie = client_of(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Transient) as failure:
        await kie.submit(FOX, [], None)
    await kie.close()
    assert type(failure.value) is Transient


async def test_being_turned_away_says_when_to_come_again(
    server: GeneratorServer, kie: NanoBanana
) -> None:
    server.faults.add(Fault(where="create", kind="status", code=429, retry_after=7))
    with pytest.raises(Transient) as failure:
        await kie.submit(FOX, [], None)
    assert (type(failure.value), failure.value.retry_after) == (Transient, 7.0)


async def test_an_empty_account_is_said_as_it_is(server: GeneratorServer, kie: NanoBanana) -> None:
    server.balance = 3.0
    with pytest.raises(Refused) as refused:
        await kie.submit(FOX, [], None)
    assert refused.value.reason is Reason.NO_CREDITS


async def test_a_wrong_key_is_no_access(server: GeneratorServer) -> None:
    stranger = NanoBanana(api_url=server.url, upload_url=server.url, api_key="wrong")
    with pytest.raises(Refused) as refused:
        await stranger.submit(FOX, [], None)
    with pytest.raises(Refused):
        await stranger.upload("references/cat.jpg", b"cat")
    await stranger.close()
    assert refused.value.reason is Reason.NO_ACCESS
    server.problems.clear()


def faults(where: Where, kind: str) -> list[Fault]:
    """On a line that was used before, what can be asked twice is asked again when that breaks."""
    return [Fault(where=where, kind=kind)] * (2 if kind == "closed" else 1)


@pytest.mark.parametrize("kind", ["closed", "html", "malformed"])
async def test_lookups_and_uploads_without_an_answer_are_repeated(
    server: GeneratorServer, kie: NanoBanana, kind: str
) -> None:
    job = await kie.submit(FOX, [], None)
    server.faults.add(*faults("record", kind), Fault(where="upload", kind=kind))
    with pytest.raises(Transient):
        await kie.look_up(job)
    with pytest.raises(Transient):
        await kie.upload("references/cat.jpg", b"cat")


async def test_nobody_there_is_transient_everywhere() -> None:
    kie = client_of(f"http://127.0.0.1:{free_port()}")
    for call in (
        kie.look_up("1"),
        kie.upload("a/b.jpg", b"x"),
        kie.renew("https://files.example/a"),
        kie.balance(),
    ):
        with pytest.raises(Transient):
            await call
    await kie.close()


@pytest.mark.parametrize("kind", ["truncated", "closed"])
async def test_a_result_that_breaks_off_is_fetched_again(
    server: GeneratorServer, kie: NanoBanana, kind: str
) -> None:
    record = await ended(server, kie)
    server.faults.add(*faults("result", kind))
    with pytest.raises(Transient):
        await fetched(kie, record.result)
    assert await fetched(kie, record.result)


# --- the rate --------------------------------------------------------------------------------


def test_the_rate_is_the_published_one() -> None:
    assert SUBMISSIONS.limit == 20
    assert 10_000 <= SUBMISSIONS.interval <= 11_000


async def test_a_crowd_takes_turns() -> None:
    async with GeneratorServer(api_key=KEY, seconds_per_job=0.0, rate=None) as server:
        kie = client_of(server.url, rate=Rate(5, 400))
        began = time.monotonic()

        async def submit() -> str:
            await kie.turn()
            return await kie.submit(FOX, [], None)

        jobs = await asyncio.gather(*(submit() for _ in range(10)))
        assert time.monotonic() - began >= 0.4
        await kie.close()
        assert set(jobs) == set(server.jobs)
        assert len(server.requests) == 10
