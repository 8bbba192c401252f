"""A process of its own that submits a spec and may kill itself at a step.

    python victim.py URL TOKEN JOURNAL KEY POINT LOST

Before it begins it waits for a line on its standard input; at the end it says what it knows, in JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx
from attrs import define, field

from vmspec import VM
from vmspec.errors import ApiError
from vmspec.katapult import Entry, Katapult, SQLiteJournal

T = TypeVar("T")
XML = VM("web-1").data_center("uk-lon-01").package("rock-3").to_xml()
HURRY = 20
"""Factor by which every pause is shorter than it should be."""


def is_key_lookup(request: httpx.Request) -> bool:
    return "vmspec.key" in request.url.params.get_list("annotations[][key]")


@define(eq=False)
class Point:
    """Dies there: ``created before`` is just before the journal gets an entry with that state."""

    name: str

    def watch(self, step: str, do: Callable[[], T]) -> T:
        self.reach(f"{step} before")
        done = do()
        self.reach(f"{step} after")
        return done

    def reach(self, name: str) -> None:
        if name == self.name:
            os.kill(os.getpid(), signal.SIGKILL)


@define(eq=False)
class DyingJournal(SQLiteJournal):
    point: Point = field(kw_only=True)

    def begin(self, entry: Entry, hold_s: float) -> Entry:
        return self.point.watch("begin", lambda: SQLiteJournal.begin(self, entry, hold_s))

    def advance(self, entry: Entry, hold_s: float = 0.0) -> Entry | None:
        return self.point.watch(entry.state, lambda: SQLiteJournal.advance(self, entry, hold_s))


@define(eq=False)
class DyingTransport(httpx.AsyncBaseTransport):
    point: Point
    is_lost: bool
    inner: httpx.AsyncHTTPTransport = field(factory=httpx.AsyncHTTPTransport)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        step = "look" if request.method == "GET" else "post"
        if is_key_lookup(request):
            step = "key lookup"
        self.point.reach(f"{step} before")
        response = await self.inner.handle_async_request(request)
        self.point.reach(f"{step} after")
        if step == "post" and self.is_lost:
            raise httpx.ReadError("reset")
        return response


def main(url: str, token: str, journal: str, key: str, name: str, lost: str) -> None:
    point = Point(name)
    katapult = Katapult(
        token=token,
        organization="sandbox",
        api_url=url,
        journal=DyingJournal(Path(journal), point=point),
        transport=DyingTransport(point, lost == "lost"),
        sleep=lambda seconds: asyncio.sleep(seconds / HURRY),
    )
    sys.stdin.readline()
    try:
        submission = katapult.submit(XML, key, settle_s=3.0)
    except ApiError as error:
        print(json.dumps({"error": type(error).__name__, "submission": error.submission_id}))
        return
    build, machine = submission.build, submission.virtual_machine
    print(
        json.dumps(
            {
                "submission": submission.id,
                "build": build.id if build else None,
                "machine": machine.id if machine else None,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
