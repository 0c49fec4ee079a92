"""Sentences that are kept, and those of what knows no Django, as the optimizer: known here to translators.

They are made and kept in English, with their values. What stands between `%(` and `)s` is a value, found
again in the kept sentence. tests/test_sentences.py demands every sentence of the checks.
"""

import re
from functools import cache

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

SENTENCES = [
    # What a check says of a text.
    _("Passed every check."),
    _("It holds invisible or control characters."),
    _("It piles up combining marks."),
    _("It talks about the text instead of being it."),
    _("It promises what the page does not: %(words)s."),
    _("It takes a promise from elsewhere on the page: %(words)s."),
    _("It nearly repeats another line of the page."),
    _("It states something that the page does not: %(facts)s."),
    _("It takes %(facts)s from elsewhere on the page or from the fact sheet."),
    _("It drops %(facts)s."),
    _("It drops the %(name)s “%(value)s”."),
    _("It drops “%(term)s”, which has to stay."),
    _("It uses “%(term)s”, which the glossary avoids."),
    _("The glossary prefers “%(new)s” to “%(old)s”."),
    _("It is written in another script than the original."),
    _("It seems to be in another language (%(found)s, was %(was)s)."),
    _("It holds a mark of our own prompt."),
    _("It repeats our own instructions."),
    _("A title has up to %(most)s characters; this one has %(length)s."),
    _("It is %(width)s pixels wide; there is room for %(room)s."),
    _("A description has %(room)s characters; this one has %(length)s."),
    _("It is too short to tell visitors what they will find."),
    _("It is %(width)s pixels wide; search results show 920."),
    _("An image description has up to 125 characters; this one has %(length)s."),
    _("It grew from %(old)s to %(new)s characters, where there is little room."),
    _("It grew from %(old)s to %(new)s characters."),
    _("It shrank from %(old)s to %(new)s characters."),
    _("It adds a link or an address that this text did not have."),
    _("It names an address that the brief knows."),
    _("It drops an address."),
    _("The text is empty."),
    _("It adds, drops or changes HTML."),
    _("It holds escapes that visitors would see, such as &amp;nbsp;."),
    _("It adds something that a browser could run."),
    _("It adds, drops or changes a template mark such as {{ }}."),
    _("It adds Markdown."),
    _("It holds a bare & < or >, or an escape other than &amp; &lt; &gt;."),
    _("Its inline tags are not those of the original, each once and inside the same parent."),
    _("It holds tags where only plain text may stand."),
    _("The original's own tags are not well nested, so it cannot be rewritten."),
    _("Its markup holds a < that is not one of the numbered tags."),
    _("Its markup closes </%(name)s> where it is not open."),
    _("Its markup never closes <%(name)s>."),
    _("Its line breaks or images stand in another order."),
    _("One of its inline tags lost its text."),
    _("It names something that the page does not: %(names)s."),
    _("It does not follow the pattern %(pattern)s."),
    _("It reads harder than the original: shorter sentences would help."),
    _("Another page of the family has the very same %(place)s."),
    _("It is nearly the %(place)s of another page of the family."),
    _("It is written in capitals."),
    _("It repeats a word."),
    _("It adds an emoji."),
    _("It puts the whole text in quotation marks."),
    _("It trails off."),
    _("It is only the beginning of the original."),
    _("It says “%(words)s” again and again."),
    _("It adds an exclamation mark."),
    _("It begins with a quotation mark."),
    _("Its last sentence has no full stop."),
    _("The model gave no answer for this line."),
    _("The whole answer was unusable. %(why)s"),
    _("These are a person's words for the same text, used again."),
    _("The same text was proposed for another line of this page."),
    _("The second opinion could not be read."),
    _("A second opinion minds its %(aspect)s: %(severity)s."),
    # What each check watches over.
    _("It holds no invisible, reordering or broken characters."),
    _("The text holds no remark of the model about its own work, such as “Here is the improved version:”."),
    _("Superlatives, guarantees and promises are those that the page or the fact sheet makes."),
    _("No line of a page repeats another line of it."),
    _("Numbers, prices, dates, times, phone numbers and mail addresses are those of the page and its facts."),
    _("Dimension values, protected text and terms of the glossary stay; words to avoid stay out."),
    _("The text is in the language of the page."),
    _("Nimbus's own instructions to the model never reach a page."),
    _("Titles, descriptions, buttons and all other texts keep to the room they have."),
    _("No link or address gets in that the text did not have."),
    _("Inline tags survive as they were; no HTML, script, template mark or Markdown gets in."),
    _("Names of places, brands and people are those that the page, its dimensions or the brief name."),
    _("The title follows the pattern that the brief gives."),
    _("Sentences and words stay short enough to be read at a glance."),
    _("Title, description and main heading differ from those of the other pages of the family."),
    _("It has no capitals throughout, doubled word, emoji, added quotation marks, and does not trail off."),
    _("No keyword is repeated more often than a reader would bear."),
    _("An editor's remarks: exclamation marks that were not there, a missing full stop."),
    _("A second call to the model finds no fault in accuracy, fluency or style."),
    _("Nothing that a second opinion calls critical."),
    # Why an answer was unusable.
    _("An item was not of the form {n, text}."),
    _("An item was not of the form {n, aspect, severity}."),
    _("An item had a number or a text of the wrong type."),
    _("An item had a number or a word that was not asked for."),
    _("The answer was far too long."),
    _("The answer was not JSON."),
    _('The answer was not of the form {"items": […]}.'),
    # What went wrong at the provider.
    _("The connection to the provider broke."),
    _("The provider's file has an endless line."),
    _("The provider's answer is far too long."),
    _("The provider's answer was damaged on its way."),
    _("The provider turned the key down (%(status)s)."),
    _("The provider asks for payment."),
    _("The provider asked to slow down."),
    _("The provider failed (%(status)s)."),
    _("The provider does not know this model."),
    _("The page is too large for this model."),
    _("The provider refused to work on this page."),
    _("The provider did not accept the request (%(status)s)."),
    # Why a page could not be worked on.
    _("The answer was cut off before its end."),
    _("The model refused to work on this page."),
    _("The model answered unusably twice. %(why)s"),
    _("The provider did not answer in time."),
    _("The page needs more memory than there is. Split it, or leave it out."),
    _("Something went wrong on our side. Retry the page, or tell support its id."),
    _("The text of this page is gone. Upload it again."),
    _("There is no key for the provider any more."),
    _("The result could not be stored. Retry the page."),
    _("The batch takes no more pages. Make a new batch for them."),
    # What events tell.
    _("The batch stands still."),
    _("The worker went silent."),
    _("A late worker's result was dropped."),
    _("Waits for answers at half the price."),
    _("Goes on in the live lane, at the full price."),
    _("The pilot is done. Look at its pages, then resume the batch to work on the others."),
    _("Checks held %(held)s of the last wave's %(all)s texts."),
    _("People rejected %(rejected)s of the %(all)s texts they decided on since."),
    _("%(name)s of %(cap)s leaves no room: %(spent)s are spent, and the next call may cost %(next_one)s."),
    _("Support looks in until %(until)s: %(reason)s"),
    _("Nothing to change"),
    _("%(count)s proposed"),
    _("Approved %(target)s"),
    _("Edited %(target)s"),
    _("Rejected %(target)s"),
    _("Reopened %(target)s"),
    _("A new fact frees %(target)s"),
    _("Applied %(count)s texts"),
    _("Applied %(count)s texts, skipped %(skipped)s"),
    _("Uploaded %(path)s"),
    _("Sent %(kind)s"),
    _("Issued %(key)s"),
    _("Revoked %(key)s"),
    _("Created %(name)s"),
    # Why a ZIP can't be taken.
    _("This is not a ZIP file. Pack the built site's folder as ZIP."),
    _("The ZIP holds more than %(most)s files."),
    _("The ZIP unpacks to too much. Send the built pages alone."),
    _("“%(name)s” has a path that leads out of the folder. Pack the built site anew."),
    _("“%(name)s” is a link or a device. Pack the built site anew."),
    _("“%(name)s” is encrypted. Pack the built site anew."),
    _("“%(name)s” is packed by a method other than deflate. Pack the built site anew."),
    _("“%(name)s” is there twice. Pack the built site anew."),
    _("“%(name)s” is damaged. Pack the built site anew."),
]
VALUE = re.compile(r"%\((\w+)\)s")


def translated(text: str) -> str:
    """The kept sentence in the reader's language; in English where nobody translated it."""
    if not text or (get_language() or "en").startswith("en"):
        return text
    marked, values = known(text) or (text, {})
    words = gettext(marked)
    if "why" in values:
        values["why"] = translated(values["why"])
    return words % values if values else words


def known(text: str) -> tuple[str, dict[str, str]] | None:
    """The marked sentence that this one was made by, and its values."""
    for marked, pattern in patterns():
        if found := pattern.fullmatch(text):
            return marked, found.groupdict()
    return None


@cache
def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Those that leave the least to values come first."""
    found = []
    for marked in sorted(SENTENCES, key=lambda marked: -len(VALUE.sub("", marked))):
        parts = VALUE.split(marked)
        parts[::2] = map(re.escape, parts[::2])
        parts[1::2] = (f"(?P<{name}>.+)" for name in parts[1::2])
        found.append((marked, re.compile("".join(parts), re.DOTALL)))
    return found
