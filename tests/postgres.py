"""A PostgreSQL server of our own for tests: a temporary folder, a free port, gone afterwards.

Where PostgreSQL is not installed these tests are skipped, but not in CI.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest

from bot.storage.postgres_tables import migrate
from tests.ports import free_port

USER, PASSWORD = "nano", "a p@ss/word"
_QUOTED = "a%20p%40ss%2Fword"
_MIGRATED = "migrated"
# Nobody pulls the plug on this machine. What is to survive kill -9 of the server has no need of
# fsync either: the system keeps what was written to it.
_QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "100",
    "log_min_messages": "panic",
}
_NUMBERS = count(1)
_EMPTY = """
SET session_replication_role = replica;
DO $$ DECLARE name TEXT; BEGIN
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> '_migrations'
    LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
END $$;
SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences;
"""


NOON = 1_800_000_000.0
_CLOCK = f"""
CREATE TABLE clock (at DOUBLE PRECISION);
INSERT INTO clock VALUES ({NOON});
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT to_timestamp(at) FROM public.clock';
"""


def programs() -> Path | None:
    """Where initdb lies; Debian keeps it beside the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


class PostgresServer:
    def __init__(self, bin_: Path) -> None:
        self._bin = bin_
        # It does not run as root, and whoever it runs as gets into no folder of root's.
        room = os.environ.get("PYTEST_DEBUG_TEMPROOT")
        self._folder = Path(tempfile.mkdtemp(prefix="nano-postgres-", dir=room))
        self._as = {}
        if os.geteuid() == 0:
            self._as = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self._folder, "postgres", "postgres")
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._reused: str | None = None
        (self._folder / "password").write_text(PASSWORD)
        (self._folder / "password").chmod(0o644)
        self._run("initdb", "--no-sync", f"--username={USER}", "--auth=scram-sha-256",
                  f"--pwfile={self._folder}/password", "--encoding=UTF8", "--locale=C.UTF-8",
                  f"--pgdata={self._folder}/data")  # fmt: skip
        self.start()
        self.create(_MIGRATED, template="template0")
        migrate(self.url(_MIGRATED))

    def url(self, name: str, *, user: str = USER, password: str = _QUOTED) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{name}"

    @property
    def pid(self) -> int | None:
        return self._process and self._process.pid

    def start(self) -> None:
        """Only from a thread that stays: it ends with the one that started it, however that ends."""
        guard = shutil.which("setpriv")
        words = [guard, "--pdeathsig", "KILL", "--"] if guard else []
        settings = {**_QUICK, "port": str(self.port), "listen_addresses": "127.0.0.1"}
        settings["unix_socket_directories"] = str(self._folder)
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._process = subprocess.Popen(
            [*words, self._bin / "postgres", "-D", self._folder / "data", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **self._as,
        )
        for _ in range(6000):
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("PostgreSQL does not start")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends all connections and rests in order; SIGQUIT is like pulling the plug."""
        if self._process:
            self._process.send_signal(how)
            try:
                self._process.wait(2 if how is signal.SIGQUIT else 15)
            except subprocess.TimeoutExpired:
                # It happens, once in a hundred times on a busy machine, and is no trouble of ours.
                for pid in (*_children(self._process.pid), self._process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                self._process.wait(15)
            self._process = None

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder)

    def create(self, name: str, *, template: str = _MIGRATED) -> str:
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def execute(self, sql: str, name: str = "postgres") -> None:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(sql)

    @contextmanager
    def database(self, *, template: str = _MIGRATED) -> Iterator[str]:
        """The address of a database with all tables, for one test."""
        name = f"test_{next(_NUMBERS)}"
        yield self.create(name, template=template)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def emptied(self) -> Iterator[str]:
        """The same, sooner there: always the same database, without rows. Its tables stay as they
        are.
        """
        if self._reused is None:
            self._reused = self.create("reused")
        yield self._reused
        with psycopg.connect(self._reused, autocommit=True) as connection:
            connection.execute(_EMPTY)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([self._bin / program, *arguments], check=True, cwd="/",
                       stdout=subprocess.DEVNULL, **self._as)  # fmt: skip


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


@contextmanager
def clock_of(server: PostgresServer, url: str) -> Iterator[Callable[[float], object]]:
    """Whoever connects to this database from now on finds a server whose clock stands at `NOON`,
    until it is set.
    """
    name = url.rpartition("/")[2]
    server.execute(_CLOCK, name)
    server.execute(f"ALTER DATABASE {name} SET search_path = public, pg_catalog")
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda at: connection.execute("UPDATE clock SET at = %s", [at])


def cut(server: PostgresServer, url: str) -> None:
    """End all connections to this database, as a restart does."""
    name = url.rpartition("/")[2]
    server.execute(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    bin_ = programs()
    if bin_ is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgresServer(bin_)
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def emptied_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """For tests that write rows and nothing else."""
    with postgres_server.emptied() as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database in which nothing has happened yet."""
    with postgres_server.database(template="template0") as url:
        yield url
