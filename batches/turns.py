"""Whose turn it is on the event loop: the network's first, then one page's work at a time."""

import asyncio


class Turns:
    """Pages wait here before work that holds the event loop for a millisecond.

    Answers come in crowds. Were each read as it comes, the calls that its crowd makes room for would begin
    only after the last one; between two turns the loop looks at the network again.
    """

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    async def wait(self) -> None:
        async with self._one:
            await asyncio.sleep(0)
