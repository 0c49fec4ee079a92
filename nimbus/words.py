"""What scripts say to people, in the language of the page that they run on."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SAID = {
    "copied": _("Copied"),
    "live": _("Live"),
    "live-lost": _("Live updates paused"),
    "percent-done": _("{percent} percent done"),
    "passkey-none": _("The browser gave no passkey. Try again, or use your password."),
    "passkey-known": _("This device has a passkey for you already."),
    "passkey-never": _("This browser can't use passkeys here. Use your password."),
    "keep-tag": _("Keep the tag {tag} in the text."),
    "characters": _("{n} characters"),
    "megabytes": _("{name}, {size} MB"),
}


def of_scripts() -> dict[str, str]:
    return {name: gettext(words) for name, words in SAID.items()}
