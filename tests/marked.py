"""The words in Python that people read and that no mark makes known to makemessages."""

import ast
import re
from collections.abc import Iterable, Iterator

MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}


def calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of its name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2], node


def is_marked(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return is_marked(node.body) and is_marked(node.orelse)
    return isinstance(node, ast.Call) and ast.unparse(node.func) in MARKS


def silent_words(source: str) -> Iterator[tuple[int, str]]:
    """Labels, help and messages that are plain words: (line, words)."""
    for _, call in calls(source):
        name = ast.unparse(call.func)
        given = [word.value for word in call.keywords if word.arg in ("label", "help_text")]
        given = given if name.startswith("forms.") else []
        if re.fullmatch(r"messages\.(success|error|info|warning)", name):
            given = call.args[1:2]
        for value in given:
            parts = value.values if isinstance(value, ast.JoinedStr) else [value]
            said = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
            if re.search(r"[A-Za-z]{2}", said):
                yield value.lineno, ast.unparse(value)


def error_names(sources: Iterable[str]) -> set[str]:
    """NimbusError and every class below it."""
    nodes = (node for source in sources for node in ast.walk(ast.parse(source)))
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    bases = {node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases} for node in classes}
    names, size = {"NimbusError"}, 0
    while size < len(names):
        size = len(names)
        names |= {name for name, above in bases.items() if above & names}
    return names


def silent_errors(source: str, names: set[str]) -> Iterator[tuple[int, str]]:
    """Sentences of errors, of a class or given to one: (line, what stands there)."""
    said = [call.args[0] for name, call in calls(source) if name in names and call.args]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name in names:
            own = [part for part in node.body if isinstance(part, ast.Assign)]
            said += [part.value for part in own if ast.unparse(part.targets[0]) == "message"]
    yield from ((value.lineno, ast.unparse(value)) for value in said if not is_marked(value))


def unlike_values(source: str, names: set[str]) -> Iterator[tuple[int, str]]:
    """Errors whose sentence names other values than they are given: (line, what stands there)."""
    for name, call in calls(source):
        if name in names and call.args and is_marked(call.args[0]):
            named = set(re.findall(r"%\((\w+)\)s", ast.unparse(call.args[0])))
            given = {str(word.arg) for word in call.keywords} - {"field", "code"}
            if named != given:
                yield call.lineno, ast.unparse(call)


def silent_kinds(source: str) -> Iterator[tuple[int, str]]:
    """What kinds of events say: (line, words)."""
    for name, call in calls(source):
        # Within `kind()` itself stands a name and no words.
        if (
            name in ("kind", "Kind")
            and not is_marked(call.args[0])
            and not isinstance(call.args[0], ast.Name)
        ):
            yield call.lineno, ast.unparse(call.args[0])
