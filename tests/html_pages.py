"""Made-up pages for property tests: pieces of markup, whole and broken, in every order."""

from hypothesis import strategies as st

NAMES = """p div a b i em span ul li h1 h2 main nav header footer section table tr td th button label form img
br hr input textarea select option svg math title style script noscript template code pre picture x-y time"""
PIECES = (
    "<", ">", "&", "&amp;", "&nbsp;", "&#x41;", "&#0;", "&copy", "</", "<!", "<!-- c -->", "<!--", "-->",
    "<![CDATA[x]]>",
    "<?pi?>", " ", "\n", "\r\n", "\t", "\r", "Hello", "world", "1 < 2", "Größe", "日本", "😀", "\xa0",
    "\u2028", "\0",
    '<p title="A tip">', "<img alt='Dog'>", "<img alt=Dog src=x>", "<img src=a/dog.jpg>", "<a href=/x>",
    "<input placeholder=Say value=Go type=submit>",
    '<p class="notranslate">', "<p hidden>", '<div data-nimbus="hero">',
    '<p translate=no style="display:none">', "<a b=1 b=2 c>",
    '<a "=1>', "<p a='>", "<p / a>", "<svg><title>t</title><p>", "<math><mi>x", "<svg/>", "<foreignObject>",
    "</svg>", "</br>", "</p>",
    '<script type="application/ld+json">{"headline": "One \\u003c", "name": "Two"}</script>',
    "<script><!--<script></script>",
    "<title>The title</title>", '<meta name="description" content="A description">', "<meta charset=utf-8>",
    "<head>", "</head>", "<body>",
    "<meta property=og:title content=Words>", "<plaintext>", "<frameset>", "<select><option>x",
    "<style>p{}</style>", "<br/>", "<span hidden>", "</span>", "<b aria-hidden=true>",
    "<i aria-hidden=TRUE />", "<template>", '<p class="x seen">', "<input type=hidden title=No>",
    '<?xml encoding="koi8-r"?>',
    '<meta name="twitter:description" content="Words">', '<meta property="og:description" content=\'Words\'>',
    '<script type="application/ld+json">{"name": "Three", "a": [</script>', "{{", "}}",
)  # fmt: skip


def tag(name: str, kind: int) -> str:
    return (f"<{name}>", f"</{name}>", f"<{name}>Words in {name}</{name}>", f"<{name.upper()} id=x />")[kind]


def markup() -> st.SearchStrategy[str]:
    piece = st.one_of(
        st.sampled_from(PIECES),
        st.builds(tag, st.sampled_from(NAMES.split()), st.integers(0, 3)),
        st.text(max_size=6),
    )
    return st.lists(piece, min_size=1, max_size=40).map("".join)


def latin(text: str) -> bytes:
    return b"<meta charset=windows-1252>" + text.encode("cp1252", "xmlcharrefreplace")


def noisy(text: str, noise: bytes) -> bytes:
    return text.encode("utf-8", "replace") + noise + b"<p>end"


def pages() -> st.SearchStrategy[bytes]:
    """Pages in several encodings, with and without marks, and bytes of no encoding."""
    return st.one_of(
        markup().map(lambda text: text.encode("utf-8", "replace")),
        markup().map(lambda text: b"\xef\xbb\xbf" + text.encode("utf-8", "replace")),
        markup().map(latin),
        markup().map(lambda text: text.encode("latin-1", "xmlcharrefreplace")),
        markup().map(lambda text: b"\xfe\xff" + text.encode("utf-16-be", "replace")),
        st.builds(noisy, markup(), st.binary(max_size=8)),
    )


def texts() -> st.SearchStrategy[str]:
    """What a stranger could answer: block content, markup, anything."""
    return st.one_of(
        markup(), st.text(max_size=20), st.sampled_from(["", "Neu &lt;b&gt;", "<a1>Neu</a1>", "{{x}}"])
    )
