"""bespokelabs-curator's batch of prompts, with its cache off."""

import json
import os
import sys
import tempfile
import time

os.environ |= {
    "CURATOR_CACHE_DIR": tempfile.mkdtemp(),
    "CURATOR_DISABLE_CACHE": "1",
    "TELEMETRY_ENABLED": "0",
}
os.environ |= {"OPENAI_API_KEY": "sk-peer", "CURATOR_VIEWER": "0", "CURATOR_DISABLE_RICH_DISPLAY": "1"}

from bespokelabs import curator
from peer_requests import bodies


def main(url: str, count: int, window: int) -> float:
    limits = {"max_requests_per_minute": 30_000, "max_tokens_per_minute": 150_000_000}
    model = curator.LLM(
        model_name="gpt-4o-mini",
        backend="openai",
        backend_params={"base_url": url, "max_concurrent_requests": window, **limits},
    )
    prompts = [body["messages"] for body in bodies(count)]
    began = time.monotonic()
    model(prompts)
    return time.monotonic() - began


if __name__ == "__main__":
    wall = main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps({"wall_s": wall}))
