"""The network comes before the next page's work."""

import asyncio

from batches.turns import Turns


def test_network_is_looked_at_between_the_work_of_two_pages():
    assert len(longest_runs(Turns().wait)) == 8
    assert max(longest_runs(Turns().wait)) == 1


def test_without_turns_a_crowd_of_pages_holds_the_loop():
    async def at_once():
        await asyncio.sleep(0)

    assert max(longest_runs(at_once)) == 8


def longest_runs(wait):
    """How many of eight pages work between two looks at the network."""
    done = []

    async def page():
        await wait()
        done.append("page")

    async def network():
        while done.count("page") < 8:
            done.append("network")
            await asyncio.sleep(0)

    async def both():
        await asyncio.gather(network(), *(page() for _ in range(8)))

    asyncio.run(both())
    return [len(run.split()) for run in " ".join(done).split("network") if run.strip()]
