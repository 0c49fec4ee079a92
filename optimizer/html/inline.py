"""The numbered markup that a model sees: written from a run, and read strictly from an answer."""

import re
from collections import Counter

from optimizer.html.chars import collapse, escape, has_letter
from optimizer.html.runs import Item, trim

_ANSWER = re.compile(r"([^<>&]+)|&(amp|lt|gt);|<(/?)([a-z]+)([1-9][0-9]{0,5})(/?)>")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}
# White space is collapsed; every other control character would be invisible or illegal in a page.
_CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufffe\\uffff]")
# What a template engine, at the server or in the browser, would take for its own.
_TEMPLATE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|\$\{|#\{|<%|%>|\[\[|\]\]")


def write(items: list[Item]) -> str:
    """Number the tags of a trimmed piece and write its content."""
    number = 0
    open_labels: list[str] = []
    out: list[str] = []
    final = len(items) - 1
    for index, item in enumerate(items):
        if item.kind == "text":
            text = collapse(item.text or "")
            text = text.lstrip(" ") if index == 0 else text
            out.append(escape(text.rstrip(" ") if index == final else text))
        elif item.kind == "close":
            item.label = open_labels.pop()
            out.append(f"</{item.label}>")
        else:
            number += 1
            item.label = f"{item.name}{number}"
            if item.kind == "open":
                open_labels.append(item.label)
            out.append(f"<{item.label}>" if item.kind == "open" else f"<{item.label}/>")
    return "".join(out)


def parse(content: str) -> list[Item] | None:
    """The items of a content, each with its label; None when it is not strictly of our form."""
    items: list[Item] = []
    stack: list[str] = []
    at = 0
    while at < len(content):
        found = _ANSWER.match(content, at)
        if found is None:
            return None
        at = found.end()
        if found[1] or found[2]:
            text = found[1] or _ENTITIES[found[2]]
            if items and items[-1].kind == "text":
                items[-1].text = (items[-1].text or "") + text
            else:
                items.append(Item("text", text=text))
            continue
        label, is_close, is_atom = found[4] + found[5], bool(found[3]), bool(found[6])
        if (is_close and is_atom) or (is_close and (not stack or stack.pop() != label)):
            return None
        if not is_close and not is_atom:
            stack.append(label)
        items.append(Item("close" if is_close else "atom" if is_atom else "open", found[4], label=label))
    return None if stack else items


def has_control(text: str) -> bool:
    return _CONTROL.search(text) is not None


def adds_template(old: str, new: str) -> bool:
    """Whether a template mark comes more often than before."""
    found = _TEMPLATE.findall(new)
    return bool(found) and bool(Counter(found) - Counter(_TEMPLATE.findall(old)))


def _words(items: list[Item]) -> str:
    return "".join(item.text or "" for item in items if item.kind == "text")


def canonical(items: list[Item]) -> str:
    """The content a page would show for these items; "" when it would offer no block."""
    copies = [Item(item.kind, item.name, item.text) for item in items]
    left, _ = trim(copies)
    return write(left) if any(has_letter(i.text or "") for i in left if i.kind == "text") else ""


def _shape(items: list[Item]) -> tuple[dict[str, str], list[str], set[str]]:
    """(parent of each label, atoms in order, pairs with text somewhere inside)."""
    parents: dict[str, str] = {}
    atoms: list[str] = []
    texts: set[str] = set()
    stack: list[str] = []
    for item in items:
        if item.kind == "text":
            if not item.is_blank and stack:
                texts.add(stack[-1])
        elif item.kind == "close":
            label = stack.pop()
            if label in texts and stack:
                texts.add(stack[-1])
        else:
            key = item.label if item.label not in parents else f"{item.label} again"
            parents[key] = stack[-1] if stack else ""
            if item.kind == "open":
                stack.append(item.label)
            else:
                atoms.append(item.label)
    return parents, atoms, texts


def damage(old: list[Item], new: list[Item] | None, shown: str) -> list[str]:
    """Why a new content, shown by a page as `shown`, may not replace the old one; empty when it may."""
    if new is None:
        return ["markup"]
    reasons = []
    if any(has_control(item.text or "") for item in new):
        reasons.append("control")
    if adds_template(_words(old), _words(new)):
        reasons.append("template")
    (old_parents, old_atoms, old_texts), (parents, atoms, texts) = _shape(old), _shape(new)
    if old_parents != parents:
        reasons.append("tags")
    elif old_atoms != atoms:
        reasons.append("order")
    if not old_texts <= texts or not shown:
        reasons.append("empty")
    return reasons
