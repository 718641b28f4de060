"""Results are served whole, or spoilt as a fault wants it."""

import aiohttp
import pytest

from bot.sandbox.jobs import Fault
from bot.sandbox.painter import read_mark
from tests.sandbox.kie import get, made


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ({"kind": "status", "code": 404}, 404, "application/json"),
        ({"kind": "status", "code": 403}, 403, "application/json"),
        ({"kind": "html"}, 200, "text/html"),
        ({"kind": "wrong_type"}, 200, "text/plain"),
        ({"kind": "redirect", "text": "http://10.0.0.1/"}, 302, "application/octet-stream"),
        ({"kind": "slow", "seconds": 0.001}, 200, "image/jpeg"),
        ({"kind": "huge", "size": 1 << 20}, 200, "image/jpeg"),
    ],
)
async def test_a_result_is_served_wrongly_once(server, kie, fault, status, kind):
    server.faults.add(Fault(where="result", **fault))
    job = await made(server, kie)
    spoilt, whole = await get(job.result_urls[0]), await get(job.result_urls[0])
    assert spoilt[:2] == (status, kind)
    assert (len(spoilt[2]) > 1 << 20) == (fault["kind"] == "huge")
    assert whole[:2] == (200, "image/jpeg")
    assert read_mark(whole[2]).job_id == job.id


async def test_a_result_is_cut_or_lies_about_its_address(server, kie):
    server.faults.add(Fault(where="result", kind="truncated"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await get((await made(server, kie)).result_urls[0])
    server.faults.add(Fault(where="result", kind="address", text="http://10.0.0.1/a.png"))
    assert (await made(server, kie)).result_urls == ["http://10.0.0.1/a.png"]
    server.faults.add(Fault(where="result", kind="wrong_extension", text="gif"))
    assert (await made(server, kie)).result_urls[0].endswith(".gif")
