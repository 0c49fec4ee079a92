"""{% address "batches:look" suggestion_id=id %} is {% url %} for what stands on a screen a hundred times."""

from functools import cache

from django import template
from django.urls import reverse

register = template.Library()

PLACE = "-place-"


@register.simple_tag
def address(name: str, **given: str) -> str:
    """The address by its name; the first value, an id, is put in place of another one's."""
    first, *rest = given
    return pattern(name, first, **{key: given[key] for key in rest}).replace(PLACE, given[first])


@cache
def pattern(name: str, first: str, **fixed: str) -> str:
    return reverse(name, kwargs={first: PLACE, **fixed})
