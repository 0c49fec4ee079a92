"""The model twin: a loopback server that speaks OpenAI's wire format and misbehaves as it is told."""

from optimizer.twin.behaviour import Behaviour
from optimizer.twin.server import Twin

__all__ = ["Behaviour", "Twin"]
