"""Looking up the hosts that tenants gave, at the moment of the connection."""

import asyncio
import socket

import httpx2
from aiohttp.abc import AbstractResolver, ResolveResult

from nimbus import net
from nimbus.errors import NimbusError


class GuardedResolver(AbstractResolver):
    """The connection goes to the address that was compared with the table, so no name can change between."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        url = httpx2.URL(scheme="https", host=host, port=port)
        try:
            address = await asyncio.to_thread(net.resolve, url)
        except NimbusError as error:
            # What aiohttp takes for a failed look-up, and the executor for a broken connection.
            raise OSError(error.message) from error
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        pass
