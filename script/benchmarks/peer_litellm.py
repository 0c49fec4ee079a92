"""LiteLLM's asynchronous completion behind a semaphore."""

import asyncio
import json
import os
import sys
import time

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from peer_requests import bodies


async def main(url: str, count: int, window: int) -> float:
    slots = asyncio.Semaphore(window)

    async def ask(body: dict) -> None:
        async with slots:
            await litellm.acompletion(
                **(body | {"model": "openai/gpt-5-mini"}), api_base=url, api_key="sk-peer", num_retries=0
            )

    requests = bodies(count + 5)
    await asyncio.gather(*(ask(requests.pop()) for _ in range(5)))
    began = time.monotonic()
    await asyncio.gather(*(ask(body) for body in requests))
    return time.monotonic() - began


if __name__ == "__main__":
    wall = asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    print(json.dumps({"wall_s": wall}))
