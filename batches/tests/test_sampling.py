"""The sampling plan promises what it proves and no more."""

import time
from itertools import combinations

import pytest

from batches.sampling import Proof, chance, most_defects, size_for


def test_sixty_sound_ones_of_three_thousand_prove_five_percent():
    proof = Proof(3000, 60, 0)

    assert proof.sentence == "60 of 3,000 read, 0 defects: at most 4.8 % defective at 95 %"
    assert proof.percent <= 5


@pytest.mark.parametrize(("defective", "found"), [(0, 0), (2, 0), (2, 1), (3, 2), (5, 1)])
def test_chance_is_the_share_of_all_draws(defective, found):
    population, read = 8, 4
    draws = list(combinations(range(population), read))
    few = sum(sum(item < defective for item in draw) <= found for draw in draws)

    assert chance(population, defective, read, found) == pytest.approx(few / len(draws), abs=1e-9)


@pytest.mark.parametrize(
    ("population", "read", "found"), [(40, 10, 0), (40, 10, 2), (40, 39, 0), (300, 60, 1)]
)
def test_bound_is_the_last_number_that_is_not_too_unlikely(population, read, found):
    most = most_defects(population, read, found)

    assert chance(population, most, read, found) > 0.05
    assert most == population - read + found or chance(population, most + 1, read, found) <= 0.05


def test_whoever_reads_all_knows_all():
    assert most_defects(50, 50, 3) == 3
    assert Proof(50, 50, 0).percent == 0


def test_nothing_read_proves_nothing():
    assert Proof(3000, 0, 0).percent == 100
    assert "nothing is known yet" in Proof(3000, 0, 0).sentence
    assert Proof(0, 0, 0).percent == 0


def test_defects_widen_the_bound():
    bounds = [most_defects(3000, 60, found) for found in range(5)]

    assert bounds == sorted(set(bounds))


@pytest.mark.parametrize("population", [1, 20, 100, 3000, 400_000])
def test_size_is_the_smallest_that_proves_the_share(population):
    size = size_for(population)

    assert most_defects(population, size, 0) <= population * 0.05
    assert size == 0 or most_defects(population, size - 1, 0) > population * 0.05


def test_size_of_a_very_large_batch_is_found_at_once():
    began = time.monotonic()

    assert size_for(4_000_000) == 59
    assert time.monotonic() - began < 2


def test_more_defects_than_were_read_are_a_mistake():
    with pytest.raises(ValueError, match="among what was read"):
        most_defects(10, 2, 3)
