"""The product's client with the product's requests, without a database: what the window costs by itself."""

import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from executor_requests import prompts_of

from optimizer.provider import OpenAIProvider

WINDOW = 200


async def main(url: str, count: int) -> None:
    prompts = prompts_of(count)
    provider = OpenAIProvider("sk-bare", url, window=WINDOW)
    # Connections are opened and the code is warm, as it is in the product's run.
    await asyncio.gather(*(provider.complete(prompt) for prompt in prompts[:20]))
    slots, began = asyncio.Semaphore(WINDOW), time.monotonic()

    async def ask(number: int) -> None:
        async with slots:
            await provider.complete(prompts[number])

    await asyncio.gather(*(ask(number) for number in range(count)))
    print(json.dumps({"wall_s": time.monotonic() - began}))
    await provider.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
