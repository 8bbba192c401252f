"""SSH servers: whether one answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


async def greets(addresses: Sequence[str], port: int, within_s: float) -> bool:
    """Return whether an SSH server answers on one of the addresses."""
    return any(await asyncio.gather(*(_greets(address, port, within_s) for address in addresses)))


async def _greets(address: str, port: int, within_s: float) -> bool:
    writer = None
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection(address, port)
            return await reader.readexactly(4) == b"SSH-"
    except (OSError, TimeoutError, EOFError):
        return False
    finally:
        if writer is not None:
            writer.close()
