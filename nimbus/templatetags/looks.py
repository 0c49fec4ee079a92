"""How states, verdicts and money look, in one place for every template."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from nimbus.sentences import translated

register = template.Library()

STATUS = {
    "uploading": ("queued", _("Uploading")),
    "uploaded": ("queued", _("Uploaded")),
    "queued": ("queued", _("Queued")),
    "waiting": ("queued", _("Waiting")),
    "processing": ("busy", _("In work")),
    "paused": ("waiting", _("Paused")),
    "completed": ("done", _("Completed")),
    "done": ("done", _("Done")),
    "failed": ("failed", _("Failed")),
    "cancelled": ("skipped", _("Cancelled")),
    "skipped": ("skipped", _("Unchanged")),
    "approved": ("done", _("Approved")),
    "rejected": ("skipped", _("Rejected")),
    "pending": ("queued", _("To decide")),
}
LEVEL = {
    "pass": {"look": "ok", "icon": "check"},
    "note": {"look": "warn", "icon": "triangle-alert"},
    "hold": {"look": "bad", "icon": "x"},
    "refuse": {"look": "bad", "icon": "ban"},
}
PAUSED = {
    "user": _("Paused by a person. Pages in work were finished and kept."),
    "budget": _("A cap is reached. Raise it under Usage, and the batch goes on by itself."),
    "provider_quota": _("The provider's quota is used up. Top it up, then resume."),
    "provider_auth": _("The provider refused the key. Set a valid one, then resume."),
    "pilot_review": _("The pilot's pages are done. Review them, then release the others, or stop here."),
    "guard_stop": _("Checks or people objected to too many texts. Look at them, then go on or stop."),
}
FIELDS = {"title": _("Title"), "metaDescription": _("Description")}
BLOCKS = {
    "p": _("Paragraph"),
    "li": _("List item"),
    "a": _("Link"),
    "button": _("Button"),
    "alt": _("Alternative text"),
    "json-ld": _("Structured data"),
}
CHECKS = {
    "all": _("All checks passed"),
    "answer": _("No answer"),
    "characters": _("Odd characters"),
    "chatter": _("Chatter"),
    "claims": _("New claim"),
    "copies": _("Near copy"),
    "facts": _("Facts"),
    "kept": _("Kept terms"),
    "language": _("Language"),
    "leaks": _("Prompt in the text"),
    "length": _("Length"),
    "links": _("Links"),
    "markup": _("Tags"),
    "names": _("New name"),
    "pattern": _("Pattern"),
    "reading": _("Reading"),
    "siblings": _("Siblings"),
    "slips": _("Slips"),
    "stuffing": _("Stuffing"),
    "style": _("Style"),
    "judge": _("Second opinion"),
    "critical": _("Critical, by a second opinion"),
}
TIERS = {"meta": _("Meta tier"), "above-fold": _("Above the fold"), "full": _("Full page")}
MICRO = 1_000_000


@register.simple_tag
def status(value: str, look: str = "") -> SafeString:
    """A dot and a word; `look="pill"` puts them on a wash."""
    kind, label = STATUS.get(value, ("queued", value))
    return format_html('<span class="status status--{} {}">{}</span>', kind, look, gettext(label))


@register.filter
def status_name(value: str) -> str:
    return gettext(STATUS.get(value, ("", value))[1])


@register.filter
def level(value: str) -> dict[str, str]:
    return LEVEL.get(value, LEVEL["note"])


@register.filter
def check_name(value: str) -> str:
    return gettext(CHECKS.get(value, value.replace("_", " ").replace("-", " ").capitalize()))


@register.filter
def paused_because(value: str) -> str:
    return gettext(PAUSED.get(value, _("Paused.")))


@register.filter
def tier_name(value: str) -> str:
    return gettext(TIERS.get(value, value))


register.filter(translated)


@register.filter
def plain(field: Any) -> SafeString:
    """The field without a placeholder: it would only repeat the label, and vanish when one types."""
    rendered: SafeString = field.as_widget(attrs={"placeholder": False})
    return rendered


@register.filter
def dollars(microdollars: int | None) -> str:
    """Two decimals; four below one cent."""
    amount = (microdollars or 0) / MICRO
    return f"${amount:,.4f}" if 0 < amount < 0.01 else f"${amount:,.2f}"


@register.filter
def percent(share: float) -> str:
    return f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


@register.filter
def target_name(suggestion: Any) -> str:
    """`Title`, `Heading 2`, `Paragraph`, …"""
    if suggestion.kind == "head":
        return gettext(FIELDS.get(suggestion.target, str(suggestion.target)))
    kind = suggestion.block_type
    if len(kind) == 2 and kind[0] == "h" and kind[1].isdigit():
        return gettext("Heading %(level)s") % {"level": kind[1]}
    return gettext(BLOCKS.get(kind, kind.capitalize() or _("Block")))


@register.filter
def meter(confidence: float | None) -> dict[str, Any] | None:
    if confidence is None:
        return None
    look = "low" if confidence < 0.5 else "mid" if confidence < 0.8 else "high"
    return {"look": look, "width": round(confidence * 100), "label": f"{confidence:.2f}"}
