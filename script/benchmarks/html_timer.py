"""CPU seconds of each page named on standard input, and the peak memory of this process.

`engine` reads a page, extracts it, rewrites every third block and reads the result again to prove it;
`bs4` parses and serialises it.
"""

import json
import re
import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def engine():
    from optimizer.html import Page, Refuse, apply

    def work(data: bytes) -> None:
        try:
            page = Page(data)
        except Refuse:
            return
        extraction = page.extraction()
        blocks = [*extraction["above_fold_blocks"], *extraction["rest_of_page_blocks"]]
        apply(page, {block["id"]: f"Neu {block['content']}" for block in blocks[::3]}, {"title": "Neu"})

    return work


def bs4():
    from bs4 import BeautifulSoup

    # Decoded beforehand, which spares it the search for an encoding.
    return lambda data: str(BeautifulSoup(data.decode("utf-8", "replace"), "html.parser")).encode()


def main(mode: str) -> None:
    work = {"engine": engine, "bs4": bs4}[mode]()
    seconds = []
    for line in sys.stdin:
        data = Path(line.rstrip("\n")).read_bytes()
        begin = time.process_time()
        work(data)
        seconds.append(time.process_time() - begin)
    print(json.dumps({"seconds": seconds, "peak_kb": peak_kb()}))


def peak_kb() -> int:
    # Linux counts the memory of the process that started this one into ru_maxrss.
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(sys.argv[1])
