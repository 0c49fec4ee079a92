"""Parallel requests in the manner of the OpenAI cookbook's example, written anew.

A loop looks a thousand times a second whether the budgets of requests and tokens admit the next request;
each answer is appended to a file; a refusal makes all wait for fifteen seconds.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

import aiohttp
from peer_requests import bodies

REQUESTS_MINUTE, TOKENS_MINUTE = 30_000, 150_000_000
LOOK_S, REST_S, MOST_TRIES = 0.001, 15, 5


async def main(url: str, count: int, window: int) -> float:
    waiting = deque((body, MOST_TRIES) for body in bodies(count))
    under_way: set[asyncio.Task[None]] = set()
    requests, tokens, rest_until = float(REQUESTS_MINUTE), float(TOKENS_MINUTE), 0.0
    folder = Path(tempfile.mkdtemp())

    async def ask(session: aiohttp.ClientSession, body: dict, tries: int) -> None:
        nonlocal rest_until
        async with session.post(f"{url}/chat/completions", json=body) as response:
            answer = await response.json()
        if "error" in answer:
            rest_until = time.monotonic() + REST_S
            if tries > 1:
                waiting.append((body, tries - 1))
            return
        with (folder / "results.jsonl").open("a") as results:
            results.write(json.dumps([body, answer]) + "\n")

    began = looked = time.monotonic()
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-peer"}) as session:
        while waiting or under_way:
            now = time.monotonic()
            requests = min(REQUESTS_MINUTE, requests + (now - looked) * REQUESTS_MINUTE / 60)
            tokens = min(TOKENS_MINUTE, tokens + (now - looked) * TOKENS_MINUTE / 60)
            looked = now
            if waiting and len(under_way) < window and now >= rest_until and requests >= 1:
                body, tries = waiting.popleft()
                cost = len(json.dumps(body)) / 4 + body["max_completion_tokens"]
                if tokens < cost:
                    waiting.appendleft((body, tries))
                else:
                    requests, tokens = requests - 1, tokens - cost
                    task = asyncio.create_task(ask(session, body, tries))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
            await asyncio.sleep(LOOK_S)
    return time.monotonic() - began


if __name__ == "__main__":
    wall = asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    print(json.dumps({"wall_s": wall}))
