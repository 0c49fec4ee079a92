"""What reading a part of many changes proves about all of them: the exact hypergeometric bound.

Whoever reads `read` of `population` changes, drawn at random, and finds `defects` among them, may say with
95 % confidence that at most `most_defects` of all are defective: with more of them, so few would have been
found in less than one of twenty draws.
"""

from dataclasses import dataclass
from math import ceil, exp, floor, fsum, lgamma

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

CONFIDENCE = 0.95
# Logarithms of large factorials are off by less; the bound stays on the safe side.
SLACK = 1e-6
# The usual wish: at most so large a share defective.
SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Proof:
    population: int
    read: int
    defects: int

    @property
    def most(self) -> int:
        return most_defects(self.population, self.read, self.defects)

    @property
    def percent(self) -> float:
        """Rounded up to a tenth: it never promises more than it proves."""
        return ceil(self.most * 1000 / self.population) / 10 if self.population else 0.0

    @property
    def sentence(self) -> str:
        numbers = {
            "read": intcomma(self.read),
            "all": intcomma(self.population),
            "percent": f"{self.percent:g}",
        }
        if not self.read:
            return _("0 of %(all)s read: nothing is known yet") % numbers
        numbers |= {"defects": intcomma(self.defects), "sure": f"{CONFIDENCE * 100:.0f}"}
        told = ngettext(
            "%(read)s of %(all)s read, %(defects)s defect: at most %(percent)s %% defective at %(sure)s %%",
            "%(read)s of %(all)s read, %(defects)s defects: at most %(percent)s %% defective at %(sure)s %%",
            self.defects,
        )
        return told % numbers


def most_defects(population: int, read: int, defects: int, confidence: float = CONFIDENCE) -> int:
    """The largest number of defects in all that still explains so few in the part that was read."""
    if not 0 <= defects <= read <= population:
        raise ValueError("Defects are found among what was read, and that is a part of all.")
    doubt = 1 - confidence - SLACK
    low, high = defects, population - read + defects
    # The chance of finding so few falls with every further defect, so the bound is found by halving.
    while low < high:
        middle = (low + high + 1) // 2
        if chance(population, middle, read, defects) > doubt:
            low = middle
        else:
            high = middle - 1
    return low


def chance(population: int, defective: int, read: int, defects: int) -> float:
    """Of finding at most `defects` among `read`, drawn without putting back."""
    sound = population - defective
    ways = (
        exp(choices(defective, found) + choices(sound, read - found) - choices(population, read))
        for found in range(max(0, read - sound), min(defects, defective, read) + 1)
    )
    return fsum(ways)


def choices(of: int, taken: int) -> float:
    """The logarithm of the number of ways to take so many: the number itself has thousands of digits."""
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)


def size_for(population: int, share: float = SHARE, confidence: float = CONFIDENCE) -> int:
    """How many to read, all of them sound, to prove that at most this share of all is defective."""
    allowed = floor(population * share + SLACK)
    low, high = 0, population
    while low < high:
        middle = (low + high) // 2
        if most_defects(population, middle, 0, confidence) <= allowed:
            high = middle
        else:
            low = middle + 1
    return low
