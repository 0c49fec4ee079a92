"""How states, verdicts and money look, in one place for every template."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

STATUS = {
    "uploading": ("queued", "Uploading"),
    "uploaded": ("queued", "Uploaded"),
    "queued": ("queued", "Queued"),
    "waiting": ("queued", "Waiting"),
    "processing": ("busy", "In work"),
    "paused": ("waiting", "Paused"),
    "completed": ("done", "Completed"),
    "done": ("done", "Done"),
    "failed": ("failed", "Failed"),
    "cancelled": ("skipped", "Cancelled"),
    "skipped": ("skipped", "Unchanged"),
    "approved": ("done", "Approved"),
    "rejected": ("skipped", "Rejected"),
    "pending": ("queued", "To decide"),
}
LEVEL = {
    "pass": {"look": "ok", "icon": "check"},
    "note": {"look": "warn", "icon": "triangle-alert"},
    "hold": {"look": "bad", "icon": "x"},
    "refuse": {"look": "bad", "icon": "ban"},
}
PAUSED = {
    "user": "Paused by a person. Pages in work were finished and kept.",
    "budget": "A cap is reached. Raise it under Usage, and the batch goes on by itself.",
    "provider_quota": "The provider's quota is used up. Top it up, then resume.",
    "provider_auth": "The provider refused the key. Set a valid one, then resume.",
    "pilot_review": "The pilot's pages are done. Review them, then release the others, or stop here.",
    "guard_stop": "Checks or people objected to too many texts. Look at them, then go on or stop.",
}
FIELDS = {"title": "Title", "metaDescription": "Description"}
BLOCKS = {
    "p": "Paragraph",
    "li": "List item",
    "a": "Link",
    "button": "Button",
    "alt": "Alternative text",
    "json-ld": "Structured data",
}
CHECKS = {
    "all": "All checks passed",
    "answer": "No answer",
    "characters": "Odd characters",
    "claims": "New claim",
    "copies": "Near copy",
    "kept": "Kept terms",
    "leaks": "Prompt in the text",
    "markup": "Tags",
    "names": "New name",
    "judge": "Second opinion",
    "critical": "Critical, by a second opinion",
}
TIERS = {"meta": "Meta tier", "above-fold": "Above the fold", "full": "Full page"}
MICRO = 1_000_000


@register.simple_tag
def status(value: str, look: str = "") -> SafeString:
    """A dot and a word; `look="pill"` puts them on a wash."""
    kind, label = STATUS.get(value, ("queued", value))
    return format_html('<span class="status status--{} {}">{}</span>', kind, look, label)


@register.filter
def status_name(value: str) -> str:
    return STATUS.get(value, ("", value))[1]


@register.filter
def level(value: str) -> dict[str, str]:
    return LEVEL.get(value, LEVEL["note"])


@register.filter
def check_name(value: str) -> str:
    return CHECKS.get(value, value.replace("_", " ").replace("-", " ").capitalize())


@register.filter
def paused_because(value: str) -> str:
    return PAUSED.get(value, "Paused.")


@register.filter
def tier_name(value: str) -> str:
    return TIERS.get(value, value)


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
        return FIELDS.get(suggestion.target, str(suggestion.target))
    kind = suggestion.block_type
    if len(kind) == 2 and kind[0] == "h" and kind[1].isdigit():
        return f"Heading {kind[1]}"
    return BLOCKS.get(kind, kind.capitalize() or "Block")


@register.filter
def meter(confidence: float | None) -> dict[str, Any] | None:
    if confidence is None:
        return None
    look = "low" if confidence < 0.5 else "mid" if confidence < 0.8 else "high"
    return {"look": look, "width": round(confidence * 100), "label": f"{confidence:.2f}"}
