"""The sandbox on a loopback address, for as long as a block runs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeAlias

from attrs import field, frozen

from vmspec.errors import VmspecError
from vmspec.sandbox.http import BASE_PATH
from vmspec.sandbox.sandbox import Sandbox
from vmspec.sandbox.server.control import CONTROL_PATH

Log: TypeAlias = Callable[[str, str, int], object]
"""Called with method, path (without the query) and status of each request; 0 if the answer is cut."""


@frozen(kw_only=True)
class RunningSandbox:
    """A sandbox that accepts connections, with what a client needs to know."""

    url: str
    """Replaces ``https://api.katapult.io/core/v1``."""
    token: str = field(repr=False)
    organization: str
    sandbox: Sandbox

    @property
    def control_url(self) -> str:
        """URL of the control endpoint, which orders faults over HTTP; see docs/reference/sandbox.md."""
        return self.url.removesuffix(BASE_PATH) + CONTROL_PATH


@contextmanager
def running(
    sandbox: Sandbox | None = None, *, port: int = 0, log: Log | None = None
) -> Iterator[RunningSandbox]:
    """Serve a sandbox on 127.0.0.1 while the block runs; port 0 is any free one.

    Raises VmspecError if the extra ``sandbox`` is not installed, OSError if the port is in use.

    >>> with running() as katapult:
    ...     print(katapult.organization)
    sandbox
    """
    try:
        from vmspec.sandbox.server.app import serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise VmspecError(
            f"the sandbox needs {error.name}, which is not installed: pip install 'vmspec[sandbox]'"
        ) from None

    sandbox = Sandbox() if sandbox is None else sandbox
    ended: Future[None] = Future()
    # The socket listens before the server runs, so a fast client waits instead of failing.
    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(
            target=serve, args=(sandbox, listener, ended, log), name="vmspec sandbox", daemon=True
        )
        thread.start()
        try:
            yield RunningSandbox(
                url=f"http://127.0.0.1:{listener.getsockname()[1]}{BASE_PATH}",
                token=sandbox.token,
                organization=sandbox.organization,
                sandbox=sandbox,
            )
        finally:
            ended.set_result(None)
            thread.join()
