"""The storm, small: `make storm` plays thousands."""

from pathlib import Path

from tests.buckets import Bucket
from tests.fleet.storm import Plan, play
from tests.postgres import PostgresServer

PLAN = Plan(tasks=60, chats=20, a_second=20.0, begun=300, resubmit=20, within=150.0, seed=1)


async def test_a_storm_loses_doubles_and_mixes_up_nothing(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str, bucket: Bucket
) -> None:
    report = await play(tmp_path, postgres_server, postgres_url, bucket, PLAN)
    assert report.good, report.text()
