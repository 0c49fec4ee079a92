"""Defects for a generated site, and the twin that answers with them."""

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from nimbus.demo.site import Place
from nimbus.demo.words import BRANDS, PLACES
from optimizer import offline, words
from optimizer.twin import Behaviour, Twin, answers

LABELS = {"title": "title", "metaDescription": "description"}
# A person reads these as wrong at once; the checks should, too.
VISIBLE: dict[str, Callable[[str, "Defect"], str]] = {
    "script": lambda text, _: f"{text} <script>alert(1)</script>",
    "markup": lambda text, _: f"<strong>{text}</strong>",
    "markdown": lambda text, _: f"**{text}**",
    "chatter": lambda text, _: f"Here is the optimized text: {text}",
    "url": lambda text, _: f"{text} www.evil.example/win",
    "mail": lambda text, _: f"{text} win@evil.example",
    "phone": lambda text, _: f"{text} Call 0900 555 123",
    "number": lambda text, _: f"{text} since 1066",
    "percent": lambda text, _: f"{text} 97 % off",
    "cut": lambda text, _: text[: max(4, len(text) // 4)] + "…",
    "longer": lambda text, _: f"{text} {text} {text}",
    "hidden": lambda text, _: text.replace(" ", " \u200b", 1),
    "entity": lambda text, _: f"{text} &amp;amp; more",
    "doubled": lambda text, _: text.replace(" ", " " + text.split(" ")[0] + " ", 1),
    "capitals": lambda text, _: text.upper(),
    "emoji": lambda text, _: f"🎉 {text} 🎉",
    "language": lambda _, d: f"Wir reparieren Ihre Uhr in {d.town} schnell, freundlich und zu festen Preisen",
    "claim": lambda text, _: f"The world's best, guaranteed: {text}",
    "other place": lambda text, d: text.replace(d.town, d.other_town),
    "other brand": lambda text, d: text.replace(d.brand, d.other_brand),
}
# What it says is wrong, but no rule about one text can know it.
INVISIBLE: dict[str, Callable[[str, "Defect"], str]] = {
    "other place, small": lambda text, d: text.replace(d.town, d.other_town.lower()),
    "other brand, small": lambda text, d: text.replace(d.brand, d.other_brand.lower()),
    "exchanged": lambda text, d: text.replace(d.town, "\0").replace(d.brand, d.town).replace("\0", d.brand),
    "other service": lambda text, _: text.replace("repair", "disposal").replace("replacement", "disposal"),
    "dropped word": lambda text, d: text.replace(f" in {d.town}", f" {d.town}", 1),
}


@dataclass(frozen=True, slots=True)
class Defect:
    kind: str
    target: str
    town: str
    brand: str
    other_town: str
    other_brand: str

    def spoil(self, text: str) -> str:
        spoiled = (VISIBLE | INVISIBLE)[self.kind](text, self)
        # Where a text lacks what would be exchanged, another place still is a defect.
        return spoiled if spoiled != text else f"{text} in {self.other_town.lower()}"


def plan(places: Sequence[Place], count: int, seed: int) -> dict[str, Defect]:
    """Defects by the path of their page, two visible ones for one that is not."""
    dice = random.Random(f"review {seed}")
    kinds = [*(list(VISIBLE) * count)[: count - count // 3], *(list(INVISIBLE) * count)[: count // 3]]
    found = {}
    for kind, place in zip(kinds, dice.sample(places, count), strict=True):
        town, brand = PLACES[place.location][0], BRANDS[place.brand][0]
        other_town = dice.choice([name for name, *_ in PLACES.values() if name != town])
        other_brand = dice.choice([name for name, *_ in BRANDS.values() if name != brand])
        target = dice.choice(list(LABELS))
        found[f"/{place.path}"] = Defect(kind, target, town, brand, other_town, other_brand)
    return found


class SpoiledTwin(Twin):
    """The model twin, which words some pages badly, however often it is asked about them."""

    def __init__(self, planted: dict[str, Defect]) -> None:
        super().__init__(Behaviour(latency=0.05))
        self.planted = {key_of(path): defect for path, defect in planted.items()}

    def _compose(self, asked: dict[str, Any], outcome: str, request_id: str) -> dict[str, Any]:
        user = "\n".join(str(m.get("content", "")) for m in asked["messages"] if m.get("role") == "user")
        request = offline.read(user)
        values = request.dimensions
        defect = self.planted.get(tuple(words.spelled(v).casefold() for _, v in sorted(values.items())))
        items = answers.from_rules(user)
        if defect:
            wanted = {n for n, label, _ in request.numbered if label == LABELS[defect.target]}
            items = tuple((n, defect.spoil(text) if n in wanted else text) for n, text in items)
        text = orjson.dumps({"items": [{"n": n, "text": text} for n, text in items]}).decode()
        return answers.completion(asked, text, outcome, request_id)


def key_of(path: str) -> tuple[str, ...]:
    """Brand, location and service as the prompt names them."""
    location, brand, service = path.strip("/").removesuffix(".html").split("/")
    return tuple(words.spelled(value).casefold() for value in (brand, location, service))
