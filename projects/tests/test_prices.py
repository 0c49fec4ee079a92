"""Prices: real data, the installation's own table, whole micro-dollars."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from nimbus import environment
from projects import prices

AMOUNTS = st.integers(0, 300_000)


def test_price_of_a_known_model_comes_from_the_data():
    mini = prices.price_of("gpt-5-mini")

    assert mini.cost(1_000_000, 0) == 250_000
    assert mini.cost(0, 1_000_000) == 2_000_000
    assert mini.cost(1_000_000, 0, cached_tokens=1_000_000) == 25_000
    assert mini.cost(1_000_000, 1_000_000, is_economy=True) == 1_125_000


def test_dated_name_costs_what_its_model_costs():
    assert prices.price_of("gpt-5-mini-2025-08-07") == prices.price_of("gpt-5-mini")


def test_model_of_another_maker_is_known_too():
    assert prices.price_of("claude-sonnet-4-5").cost(1_000_000, 0) >= 3_000_000


def test_unknown_model_is_refused_by_its_name():
    with pytest.raises(prices.UnknownPriceError, match="mystery-1"):
        prices.price_of("mystery-1")


def test_offline_is_free():
    assert prices.price_of("offline").cost(10**6, 10**6) == 0


def test_own_table_goes_before_the_data(settings):
    settings.MODEL_PRICES = {
        "gpt-5-mini": (Decimal(1), Decimal(10), Decimal("0.1"), Decimal("0.25")),
        "llama-*": (Decimal(0), Decimal(0)),
    }

    mini = prices.price_of("gpt-5-mini")

    assert mini.cost(1_000_000, 1_000_000) == 11_000_000
    assert mini.cost(1_000_000, 0, cached_tokens=1_000_000) == 100_000
    assert mini.cost(1_000_000, 1_000_000, is_economy=True) == 2_750_000
    assert prices.price_of("llama-4-scout").cost(10**6, 10**6) == 0


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_cost_is_exact_and_rounded_up_once(given, answered, cached):
    cached = min(given, cached)
    exact = Fraction(25, 100) * (given - cached) + Fraction(25, 1000) * cached + 2 * answered

    mini = prices.price_of("gpt-5-mini")

    assert 0 <= mini.cost(given, answered, cached) - exact < 1
    assert 0 <= mini.cost(given, answered, cached, is_economy=True) - exact / 2 < 1


def test_table_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("MODEL_PRICES", "gpt-x=0.25/2, llama-*=0/0/0/1")

    assert environment.rates("MODEL_PRICES") == {
        "gpt-x": (Decimal("0.25"), Decimal(2)),
        "llama-*": (Decimal(0),) * 3 + (Decimal(1),),
    }


@pytest.mark.parametrize("text", ["gpt-x", "gpt-x=1", "=1/2", "gpt-x=1/b", "gpt-x=1/-2", "gpt-x=1/NaN"])
def test_wrong_table_stops_the_start(monkeypatch, text):
    monkeypatch.setenv("MODEL_PRICES", text)

    with pytest.raises(ImproperlyConfigured, match="MODEL_PRICES"):
        environment.rates("MODEL_PRICES")
