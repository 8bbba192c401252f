"""A Katapult on this machine, for trying and testing: as a plain object, or on a loopback address.

Sandbox answers requests without network; running() serves one over HTTP and needs the extra
``vmspec[sandbox]``. It never talks to Katapult. :mod:`vmspec.sandbox.faults` has the faults that it can
simulate.
"""

from __future__ import annotations

from vmspec.sandbox.builds import Annotation, Build, Timeline
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.catalogue.file import load_catalogue
from vmspec.sandbox.faults.queue import QueuedFault
from vmspec.sandbox.http import Answer, Delivery, Request
from vmspec.sandbox.routes import Endpoint
from vmspec.sandbox.sandbox import DEFAULT_SPEED, Sandbox
from vmspec.sandbox.server import RunningSandbox, running

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
    "load_catalogue",
    "running",
]
