"""The optimizer: damage caught, hostile answers refused, calls and tokens saved, what offline is worth.

Real pages are npm themes (var/corpus), the rest is the made site. The last line is one JSON object.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import optimizer_checks
import optimizer_hostile
import optimizer_offline
import optimizer_spend
import optimizer_tokens

PARTS: dict[str, Callable[[bool], dict[str, Any]]] = {
    "checks": optimizer_checks.figures,
    "hostile": optimizer_hostile.figures,
    "tokens": optimizer_tokens.figures,
    "offline": optimizer_offline.figures,
    "spend": optimizer_spend.figures,
}
WANTED: dict[str, Callable[[float], bool]] = {
    "damage_min_share": lambda x: x >= 0.97,
    "language_share": lambda x: x >= 0.9,
    "swap_share": lambda x: x == 1,
    "claims_share": lambda x: x == 1,
    "harmless_max_share": lambda x: x <= 0.03,
    "hostile_refused_share": lambda x: x == 1,
    "token_ratio": lambda x: x <= 0.4,
    "call_ratio": lambda x: x < 1,
    "offline_gain": lambda x: x > 0,
    "offline_title_share": lambda x: x == 1,
    "offline_descriptions_missed": lambda x: x == 0,
    "offline_held": lambda x: x == 0,
    "ledger_difference": lambda x: x == 0,
    "cap_exceeded": lambda x: x == 0,
    "quote_error_share": lambda x: x <= 0.15,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench optimizer")
    parser.add_argument("--quick", action="store_true", help="about a minute, on a part of the pages")
    parser.add_argument("--only", choices=PARTS, action="append")
    chosen = parser.parse_args()
    figures: dict[str, Any] = {}
    for name in chosen.only or PARTS:
        begin = time.monotonic()
        print(f"== {name}", flush=True)
        found = PARTS[name](chosen.quick)
        figures |= found
        print(f"{name} ({time.monotonic() - begin:.1f} s): {json.dumps(found)}", flush=True)
    missed = [name for name, is_met in WANTED.items() if name in figures and not is_met(figures[name])]
    print(f"Not reached: {', '.join(missed)}." if missed else "Every figure is reached.")
    print(json.dumps(figures | {"quick": chosen.quick, "missed": missed}))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
