"""The brief as people write it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from nimbus.errors import InvalidError
from projects import brief_content
from projects.brief_content import LISTS, MAX_FACT, OWN, ROOM, TONES
from projects.models import Project

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TONE_CHOICES = [*((tone, tone.capitalize()) for tone in TONES), (OWN, _("In your own words"))]
# Rows for facts of some pages that stand ready to be filled.
BLANK_ROWS = 2


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class Lines(forms.CharField):
    """A list, one item a line."""

    def __init__(
        self, label: "str | _StrPromise", help_text: "str | _StrPromise", most: int = brief_content.MAX_ITEM
    ) -> None:
        self.most = most
        widget = forms.Textarea({"rows": 3})
        super().__init__(required=False, max_length=40_000, label=label, help_text=help_text, widget=widget)

    def clean(self, value: Any) -> Any:
        items = lines(super().clean(value))
        too_long = next((item for item in items if len(item) > self.most), "")
        if too_long:
            raise forms.ValidationError(
                _("A line has at most %(most)s characters: “%(line)s…”")
                % {"most": self.most, "line": too_long[:40]}
            )
        if len(items) > brief_content.MAX_ITEMS:
            raise forms.ValidationError(
                _("Write at most %(most)s lines.") % {"most": brief_content.MAX_ITEMS}
            )
        return items


def number(name: str, label: "str | _StrPromise", help_text: "str | _StrPromise" = "") -> forms.IntegerField:
    least, most, default = ROOM[name]
    return forms.IntegerField(
        min_value=least, max_value=most, initial=default, required=False, label=label, help_text=help_text
    )


class BriefForm(forms.Form):
    tone = forms.ChoiceField(choices=TONE_CHOICES, label=_("Tone"))
    tone_words = forms.CharField(
        max_length=300,
        required=False,
        label=_("Tone in your own words"),
        help_text=_("As in: dry, with a wink."),
    )
    voice = forms.CharField(
        max_length=300,
        required=False,
        label=_("Voice"),
        help_text=_("As in: short sentences, “we” and “you”."),
    )
    audience = forms.CharField(max_length=300, required=False, label=_("Audience"))
    language = forms.CharField(
        max_length=35,
        required=False,
        label=_("Language"),
        help_text=_("As in: de. Empty: each page's own."),
    )
    do = Lines(_("Write like this"), _("One example a line."), 500)
    dont = Lines(_("Not like this"), _("One example a line."), 500)
    keep = Lines(_("Terms to keep"), _("One a line. These stay as they are written."))
    avoid = Lines(_("Terms to avoid"), _("One a line."))
    prefer = Lines(_("Preferred terms"), _("One a line, as in: heater = boiler"))
    protected = Lines(
        _("Protected text"),
        _("One a line. A sentence that holds it never loses it, such as a legal notice."),
        500,
    )
    facts = Lines(
        _("Facts"),
        _("One a line. Facts let the copy say more, as in: Repairs within 24 hours."),
        brief_content.MAX_FACT,
    )
    title_pattern = forms.CharField(
        max_length=200,
        required=False,
        label=_("Title pattern"),
        help_text=_("With a page's dimensions in braces, as in: {service} in {location} | {company}"),
    )
    title_chars = number("title_chars", _("Title, characters at most"))
    title_pixels = number("title_pixels", _("Title, pixels at most"), _("Search results show about 580."))
    description_min = number("description_min", _("Description, characters at least"))
    description_max = number("description_max", _("Description, characters at most"))

    @classmethod
    def of(cls, project: Project, content: dict[str, Any] | None = None) -> "BriefForm":
        content = content if content is not None else (project.brief.content if project.brief else {})
        initial = {"tone": project.setting("tone"), **content, **content.get("field_rules", {})}
        initial["facts"], local = brief_content.split_facts(content.get("facts", []))
        if initial["tone"] not in (*TONES, OWN):
            initial |= {"tone": OWN, "tone_words": initial["tone"]}
        for name in ("facts", *LISTS):
            initial[name] = "\n".join(initial.get(name, ()))
        initial["prefer"] = "\n".join(f"{old} = {new}" for old, new in content.get("prefer", {}).items())
        form = cls(initial=initial)
        form.local = [(fact["text"], write_when(fact["when"])) for fact in local]
        return form

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        texts = data.getlist("local_fact") if data else []
        places = data.getlist("local_when") if data else []
        self.local = [
            (t.strip(), w.strip()) for t, w in zip(texts, places, strict=False) if t.strip() or w.strip()
        ]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Facts of some pages, and blank rows for more."""
        return [*self.local, *[("", "")] * BLANK_ROWS]

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The fields as the screen groups them."""
        return [
            {
                "id": section,
                "title": title,
                "note": note,
                "fields": [self[name] for name in names],
                "has_rows": section == "facts",
            }
            for section, title, note, names in SECTIONS
        ]

    def clean_prefer(self) -> dict[str, str]:
        pairs = {}
        for line in self.cleaned_data["prefer"]:
            old, sign, new = (part.strip() for part in line.partition("="))
            if not (old and sign and new):
                raise forms.ValidationError(_("Write the line “%(line)s” as: old = new") % {"line": line})
            pairs[old] = new
        return pairs

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("tone") == OWN and not data.get("tone_words"):
            self.add_error("tone_words", _("Say in a few words how the copy should sound."))
        try:
            brief_content.check_pattern(data.get("title_pattern", ""))
            brief_content.check_room({name: data[name] for name in ROOM if data.get(name) is not None})
            self.local_facts = [self._local(text, when) for text, when in self.local]
        except InvalidError as error:
            self.add_error(error.field if error.field in self.fields else "facts", error.said())
        return data

    def _local(self, text: str, when: str) -> tuple[str, dict[str, str]]:
        if not text or not when:
            raise InvalidError(
                gettext_noop("A fact for some pages needs the fact and the pages."), field="facts"
            )
        if len(text) > MAX_FACT:
            raise InvalidError(
                gettext_noop("A fact has at most %(max_fact)s characters."), field="facts", max_fact=MAX_FACT
            )
        return text, brief_content.read_when(when)

    def content(self) -> dict[str, Any]:
        data = self.cleaned_data
        texts = {name: data[name] for name in ("tone", "voice", "audience", "language", *LISTS, "prefer")}
        if data["tone"] == OWN:
            texts["tone_words"] = data["tone_words"]
        room = {name: data[name] for name in ROOM if data.get(name) is not None}
        if data["title_pattern"]:
            room["title_pattern"] = data["title_pattern"]
        return texts | {"facts": brief_content.facts(data["facts"], self.local_facts), "field_rules": room}


def write_when(when: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in when.items())


SECTIONS = (
    (
        "voice", _("How it sounds"), _("Told to the model for every page."),
        ("tone", "tone_words", "voice", "audience", "language", "do", "dont"),
    ),
    (
        "facts", _("What is true"), _("A text that says more than its page and these facts is held for you."),
        ("facts",),
    ),
    ("words", _("Words"), _("Checked in every text."), ("keep", "avoid", "prefer", "protected")),
    (
        "fields", _("Titles and descriptions"), _("Empty means the usual room of a search result."),
        ("title_pattern", "title_chars", "title_pixels", "description_min", "description_max"),
    ),
)  # fmt: skip
