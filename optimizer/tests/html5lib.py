"""The tokenizer tests of html5lib, and our tokens in their shape."""

import json

from optimizer.html.chars import normalize_newlines, unescape
from optimizer.html.tokenizer import Tokenizer

MODES = {
    "Data state": "data",
    "RCDATA state": "rcdata",
    "RAWTEXT state": "rawtext",
    "Script data state": "script",
    "PLAINTEXT state": "plaintext",
    "CDATA section state": "cdata",
}


def value_of(units, attribute):
    value = unescape(
        normalize_newlines(units[attribute.value_start : attribute.value_end]), in_attribute=True
    )
    return value.replace("\0", "\ufffd")


def text_of(units, token):
    text = normalize_newlines(units[token.start : token.end])
    if token.mode in ("data", "rcdata"):
        text = unescape(text)
    return text if token.mode == "data" else text.replace("\0", "\ufffd")


def plain_tokens(units, mode="data", last_tag=""):
    """Tokens in the shape of html5lib-tests: comments and doctypes by presence only."""
    found = []
    if mode == "cdata":
        # The suite starts inside the section; what precedes its end is text as it stands.
        text, mark, rest = units.partition("]]>")
        head = [["Character", normalize_newlines(text)]] if text else []
        return joined(head + (plain_tokens(rest) if mark else []))
    # A script whose last start tag was another one can only be ended by that name, as raw text is.
    if mode == "script" and last_tag == "xmp":
        mode = "rawtext"
    for token in Tokenizer(units, mode=mode, last_tag=last_tag):
        if token.space:
            found.append(["Character", normalize_newlines(units[token.start - token.space : token.start])])
        if token.kind == "start":
            values = {a.name: value_of(units, a) for a in token.attributes}
            found.append(["StartTag", token.name, values, token.self_closing])
        elif token.kind == "end":
            found.append(["EndTag", token.name])
        elif token.kind in ("comment", "doctype"):
            found.append([token.kind])
        elif token.kind == "text":
            found.append(["Character", text_of(units, token)])
    return joined(found)


def joined(tokens):
    """Neighbouring text tokens as one."""
    found = []
    for token in tokens:
        if token[0] == "Character" and found and found[-1][0] == "Character":
            found[-1] = ["Character", found[-1][1] + token[1]]
        else:
            found.append(token)
    return found


def wanted_tokens(output):
    found = []
    for token in output:
        if token == "ParseError":
            continue
        if token[0] == "StartTag":
            found.append(["StartTag", token[1], token[2], len(token) > 3 and token[3]])
        elif token[0] in ("Comment", "DOCTYPE"):
            found.append([token[0].lower()])
        else:
            found.append(list(token[:2]))
    return joined(found)


def cases(folder):
    """Every case of the tokenizer suite."""
    for path in sorted(folder.glob("*.test")):
        for test in json.loads(path.read_text()).get("tests", []):
            source, output = test["input"], test["output"]
            if test.get("doubleEscaped"):
                source = json.loads('"' + source.replace('"', '\\"') + '"')
                output = json.loads(json.dumps(output).replace("\\\\u", "\\u"))
            for state in test.get("initialStates", ["Data state"]):
                yield path.name, source, MODES[state], test.get("lastStartTag", ""), wanted_tokens(output)
