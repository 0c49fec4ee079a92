"""One Celery task a page, with the official client: what most people write first."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import openai
from celery import Celery

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

app = Celery("peer", broker=os.environ["REDIS_URL"].replace("unix://", "redis+socket://"))
app.conf.task_default_queue = "peer"
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 1
client: list[openai.OpenAI] = []


@app.task(name="ask")
def ask(body: dict[str, Any]) -> None:
    if not client:
        client.append(openai.OpenAI(api_key="sk-peer", base_url=os.environ["OPENAI_BASE_URL"]))
    client[0].chat.completions.create(**body)


def main(count: int) -> None:
    from peer_requests import bodies, wait_for_calls

    requests = bodies(count + 1)
    url = os.environ["OPENAI_BASE_URL"]
    # The worker has started once it has answered the first one.
    ask.delay(requests.pop())
    wait_for_calls(url, 1)
    began = time.monotonic()
    for body in requests:
        ask.delay(body)
    wait_for_calls(url, count + 1)
    print(json.dumps({"wall_s": time.monotonic() - began}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
