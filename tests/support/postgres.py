"""A PostgreSQL server of the tests' own, where Debian's is installed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from attrs import frozen

SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "max_connections=60",
    "listen_addresses=",
    "log_min_messages=fatal",
)
DATABASE = "vmspec"
NO_SPACE = "'could not extend file: No space left on device' USING ERRCODE = '53100'"


@cache
def programs() -> Path | None:
    """Return the folder of the newest server that is installed."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path))
    newest = max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))], default=None)
    return newest.parent if newest is not None else None


@frozen
class Server:
    """A running server, reached by a socket in a folder."""

    folder: Path
    user: str

    @property
    def address(self) -> str:
        return self.address_of(self.user)

    def address_of(self, user: str, database: str = DATABASE) -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def execute(self, *statements: str, database: str = DATABASE) -> list[tuple[object, ...]]:
        """Carry out statements as the owner; return the rows of the last one."""
        import psycopg  # here, so that tests without PostgreSQL do not need it

        with psycopg.connect(self.address_of(self.user, database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def socket(self) -> Path:
        return self.folder / ".s.PGSQL.5432"

    def fill(self) -> None:
        """Let the journal answer as on a full disk."""
        self.execute(
            "CREATE FUNCTION vmspec.no_space() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$BEGIN RAISE EXCEPTION {NO_SPACE}; END$$",
            "CREATE TRIGGER no_space BEFORE INSERT OR UPDATE ON vmspec.submissions"
            " FOR EACH ROW EXECUTE FUNCTION vmspec.no_space()",
        )

    def clear(self) -> None:
        """Drop what journals have made."""
        self.execute("DROP SCHEMA IF EXISTS vmspec CASCADE")


def as_other_user() -> Mapping[str, object]:
    """Return options for a process of the server, which refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return {}


@contextmanager
def running_server() -> Iterator[Server]:
    """Run a server in a temporary folder while the block runs."""
    bin = programs()
    assert bin is not None
    account = as_other_user()
    folder = Path(tempfile.mkdtemp(prefix="vmspec-pg-"))
    try:
        if "user" in account:
            os.chown(folder, account["user"], account["group"])  # type: ignore[arg-type]
        data = folder / "data"
        options = {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **account}
        init = ["-D", data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run([bin / "initdb", *init], check=True, **options)  # type: ignore[call-overload]
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        command = [bin / "postgres", "-D", data, "-k", folder, *settings]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
        try:
            wait = [bin / "pg_isready", "-h", folder, "-t", "1", "-q"]
            while subprocess.run(wait, check=False).returncode != 0:
                assert process.poll() is None, "the server has ended"
            server = Server(folder, "owner")
            server.execute(f"CREATE DATABASE {DATABASE}", database="postgres")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # SIGTERM would wait for its clients
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
