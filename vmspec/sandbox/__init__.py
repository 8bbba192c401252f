"""A Katapult on this machine, for trying and testing: as a plain object, or on a loopback address.

Sandbox answers requests without any network; running() serves one over HTTP and needs the extra
``vmspec[sandbox]``. Nothing of it ever talks to Katapult. What can go wrong is in
:mod:`vmspec.sandbox.faults`.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import field, frozen

from vmspec.errors import VmspecError
from vmspec.sandbox.builds import Annotation, Build, Timeline
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.faults.queue import QueuedFault
from vmspec.sandbox.http import BASE_PATH, Answer, Delivery, Request
from vmspec.sandbox.routes import Endpoint
from vmspec.sandbox.sandbox import DEFAULT_SPEED, Sandbox
from vmspec.sandbox.server.control import CONTROL_PATH

if TYPE_CHECKING:
    from vmspec.sandbox.server.app import Log

__all__ = [
    "DEFAULT_SPEED",
    "Annotation",
    "Answer",
    "Build",
    "Catalogue",
    "Delivery",
    "Endpoint",
    "QueuedFault",
    "Request",
    "RunningSandbox",
    "Sandbox",
    "Timeline",
    "running",
]


@frozen(kw_only=True)
class RunningSandbox:
    """A sandbox that can be reached, and all that a client has to know."""

    url: str
    """What takes the place of ``https://api.katapult.io/core/v1``."""
    token: str = field(repr=False)
    organization: str
    sandbox: Sandbox

    @property
    def control_url(self) -> str:
        """Where faults are ordered over HTTP: ``/faults`` below it; see the page on the sandbox."""
        return self.url.removesuffix(BASE_PATH) + CONTROL_PATH


@contextmanager
def running(
    sandbox: Sandbox | None = None, *, port: int = 0, log: Log | None = None
) -> Iterator[RunningSandbox]:
    """Serves a sandbox on 127.0.0.1 for as long as the block runs; port 0 takes any free one.

    Raises VmspecError where the extra ``sandbox`` is not installed, OSError where the port is taken.

    >>> with running() as katapult:
    ...     print(katapult.organization)
    sandbox
    """
    try:
        from vmspec.sandbox.server.app import server_of
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise VmspecError(
            f"the sandbox needs {error.name}, which is not installed: pip install 'vmspec[sandbox]'"
        ) from None

    sandbox = Sandbox() if sandbox is None else sandbox
    server = server_of(sandbox, log)
    # The socket listens before the server runs, so a client that is quicker waits instead of failing.
    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="vmspec sandbox", daemon=True
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
            server.end()
            thread.join()
