"""Writes the made site: the same seed gives the same bytes, however many pages there are."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import product
from pathlib import Path

from nimbus.demo.words import BRANDS, OPENINGS, PLACES, PROMISES, QUESTIONS, SERVICES

DIMENSION_RULES = [{"type": "url", "pattern": "/{location}/{brand}/{service}.html"}]
STYLE = """body { font: 16px/1.5 Georgia, serif; margin: 0 auto; max-width: 46rem; color: #222 }
nav a { margin-right: 1rem } footer { border-top: 1px solid #ccc; font-size: .9rem }
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands in the site."""

    location: str
    brand: str
    service: str
    round: int

    @property
    def path(self) -> str:
        folder = self.location if not self.round else f"{self.location}-{self.round + 1}"
        return f"{folder}/{self.brand}/{self.service}.html"


def places(pages: int) -> Iterator[Place]:
    """The grid, walked again with numbered districts once it is used up."""
    grid = list(product(SERVICES, BRANDS, PLACES))
    for number in range(pages):
        service, brand, location = grid[number % len(grid)]
        yield Place(location, brand, service, number // len(grid))


def render(place: Place, seed: int = 1) -> str:
    """One page. Titles and descriptions are as weak as those of real sites, some missing."""
    draw = random.Random(f"{seed} {place.path}")  # noqa: S311
    town, street, phone = PLACES[place.location]
    dial = phone.replace(" ", "")
    brand, model, founded = BRANDS[place.brand]
    service, detail, price = SERVICES[place.service]
    if place.round:
        town = f"{town} district {place.round + 1}"
    words = {"place": town, "street": street, "brand": brand, "model": model, "service": service}
    opening, promise = draw.choice(OPENINGS).format(**words), draw.choice(PROMISES).format(**words)
    title = draw.choice(
        (f"{service.capitalize()} | Repairs by Post", "Repairs by Post", f"{brand} {service}")
    )
    description = draw.choice(("", "", f"{brand} {service}.", "Welcome to Repairs by Post."))
    meta = f'\n  <meta name="description" content="{escape(description)}">' if description else ""
    questions = "\n".join(
        f"      <h3>{escape(q.format(**words))}</h3>\n      <p>{escape(a.format(**words))}</p>"
        for q, a in draw.sample(QUESTIONS, 3)
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>{escape(title)}</title>{meta}
  <link rel="canonical" href="https://repairsbypost.test/{place.path}">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <header>
    <a href="/"><img src="/logo.svg" alt="Repairs by Post"></a>
    <nav><a href="/">Home</a> <a href="/prices.html">Prices</a> <a href="/contact.html">Contact</a></nav>
  </header>
  <main>
    <section data-nimbus="hero">
      <h1>{escape(brand)} {escape(service)} in {escape(town)}</h1>
      <p>{escape(opening)} {escape(detail)}.</p>
      <img src="/img/{place.brand}-{place.service}.jpg" alt="">
    </section>
    <section>
      <h2>What {escape(service)} costs</h2>
      <p>{escape(brand)} {escape(service)} starts at <strong>&pound;{price}</strong>. {escape(promise)}</p>
      <ul>
        <li>{escape(detail)}</li>
        <li>Free return postage to {escape(town)} &amp; nearby</li>
        <li>{escape(brand)} since {founded}: we know the {escape(model)} well</li>
      </ul>
      <p>Call <a href="tel:{dial}">{phone}</a> or <a href="/contact.html">write to us</a>.</p>
    </section>
    <section>
      <h2>Questions about {escape(service)}</h2>
{questions}
    </section>
  </main>
  <footer>
    <p>Repairs by Post, {escape(street)}, {escape(town)} &copy; 2026</p>
  </footer>
</body>
</html>
"""


def write(folder: Path, pages: int = 1000, seed: int = 1) -> int:
    """Write the site under `folder`; returns how many pages it has."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "style.css").write_text(STYLE)
    for place in places(pages):
        path = folder / place.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(place, seed), encoding="utf-8")
    return pages
