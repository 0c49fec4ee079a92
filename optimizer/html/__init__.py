"""Read the text blocks of a page and write new text back, byte for byte.

Reading order: names, chars, tags, tokenizer (foreign), encoding, source, runs, inline, traits, regions, head,
jsonld, atoms, walk, blocks, page, patcher, proof, apply.
"""

from optimizer.html.apply import apply
from optimizer.html.encoding import Refuse
from optimizer.html.page import Page

__all__ = ["Page", "Refuse", "apply"]
