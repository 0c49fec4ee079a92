"""Every kind of audit event: what happened, and what may be told beside it.

A kind that is not here fails tests/test_events.py. What an event tells is cut to its fields, and whatever
looks like a secret or an address is taken out before it is written.
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext_noop as _

MAX_DATA_BYTES = 8 * 1024
SECRETS = re.compile(
    r"nmb_(?:live|test)_\w{20,}|sk-[\w-]{12,}|whsec_[\w+/=]{12,}|gAAAA[\w-]{20,}|gh[op]_\w{12,}"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
)
# One of these is in each; looking for them first spares the search in nearly every text.
MARKS = ("nmb_", "sk-", "whsec_", "gAAAA", "gho_", "ghp_", "@")


@dataclass(frozen=True, slots=True)
class Kind:
    """`says` is English until a screen shows it; `fields` names what may stand in the data, if not all."""

    says: str
    fields: frozenset[str] | None = None


def kind(says: str, *fields: str) -> Kind:
    return Kind(says, frozenset(fields))


# Of people and their sign-in: told in the person's own chain.
PERSONAL = {
    "user.signed_up": kind(_("An account was made"), "by"),
    "user.signed_in": kind(_("Signed in")),
    "user.signed_out": kind(_("Signed out")),
    "user.sign_in_refused": kind(_("Somebody tried to sign in with a wrong password")),
    "user.confirmed": kind(_("Proved again who it is"), "by"),
    "user.renamed": kind(_("Changed the name")),
    "notifications.changed": kind(_("Chose which mail comes how often"), "off"),
    "user.exported": kind(_("Took a copy of the personal data")),
    "user.erased": kind(_("The account was erased")),
    "password.changed": kind(_("Changed the password")),
    "password.reset": kind(_("Reset the password by mail")),
    "password.set": kind(_("Set a password")),
    "email.added": kind(_("Added an address")),
    "email.changed": kind(_("Changed the primary address")),
    "email.confirmed": kind(_("Confirmed an address")),
    "email.removed": kind(_("Removed an address")),
    "authenticator.added": kind(_("Added a second factor"), "type"),
    "authenticator.removed": kind(_("Removed a second factor"), "type"),
    "authenticator.reset": kind(_("Made new recovery codes"), "type"),
    "authenticator.used": kind(_("Used a second factor"), "type"),
    "authenticator.refused": kind(_("A wrong code was given")),
    "social_account.connected": kind(_("Connected an account elsewhere"), "provider"),
    "social_account.disconnected": kind(_("Disconnected an account elsewhere"), "provider"),
    "session.ended": kind(_("Signed out a session elsewhere")),
}
# Of an organization and its people, keys and rights.
TENANT = {
    "organization.created": kind(_("The organization was made")),
    "organization.updated": kind(_("Name or settings changed"), "changed"),
    "organization.mfa_required": kind(_("Members need a second factor now")),
    "organization.mfa_waived": kind(_("Members need no second factor any more")),
    "organization.transferred": kind(_("A member became the owner"), "from", "role"),
    "organization.paused": kind(_("Support paused the organization"), "reason"),
    "organization.resumed": kind(_("Support lets the organization go on")),
    "organization.exported": kind(_("Somebody took a copy of everything")),
    "organization.deletion_asked": kind(_("An owner wants the organization deleted"), "after"),
    "organization.deletion_withdrawn": kind(_("An owner keeps the organization")),
    "organization.erased": kind(_("The organization was erased")),
    "project.deleted": kind(_("A project was deleted")),
    "project.restored": kind(_("A deleted project was restored")),
    "project.erased": kind(_("A deleted project was erased")),
    "member.joined": kind(_("A member joined"), "role"),
    "member.left": kind(_("A member left"), "role"),
    "member.removed": kind(_("A member was removed"), "role"),
    "member.role_changed": kind(_("A member's role changed"), "role", "from", "to"),
    "invitation.sent": kind(_("Somebody was invited"), "role"),
    "invitation.withdrawn": kind(_("An invitation was withdrawn")),
    "api_key.issued": kind(_("An API key was issued"), "kind", "scopes", "networks"),
    "api_key.rolled": kind(_("An API key was rolled"), "hours", "to"),
    "api_key.revoked": kind(_("An API key was revoked")),
    "provider_key.added": kind(_("A provider key was added"), "base_url"),
    "provider_key.revoked": kind(_("A provider key was revoked")),
    "support.entered": kind(_("Support looks into the organization"), "reason", "until"),
    "support.left": kind(_("Support looks no more")),
    "support.acted": kind(_("Support acted"), "what"),
    "audit.erased": kind(_("Texts of events up to this one were erased"), "up_to", "why"),
    "audit.exported": kind(_("The log was exported as a file"), "events"),
    "audit.verified": kind(_("The chain was verified"), "chains", "broken"),
    "content.purged": kind(_("Old content was purged"), "rows", "files"),
    "webhook.created": kind(_("A webhook was made"), "url", "events"),
    "webhook.rotated": kind(_("A webhook has a new secret")),
    "webhook.disabled": kind(_("A webhook was switched off"), "reason"),
    "webhook.enabled": kind(_("A webhook was switched on")),
    "webhook.deleted": kind(_("A webhook was deleted"), "url"),
    "webhook.replayed": kind(_("A webhook's message was sent again"), "message_id"),
}
# Of the flow; their writers are in batches/.
FLOW = {
    "project.created": Kind(_("A project was made")),
    "project.updated": Kind(_("A project's settings changed")),
    "brief.written": Kind(_("A version of the brief was written")),
    "batch.created": Kind(_("A batch was made")),
    "batch.submitted": Kind(_("A batch was submitted")),
    "batch.started": Kind(_("Work on a batch started")),
    "batch.paused": Kind(_("A batch was paused")),
    "batch.resumed": Kind(_("A batch goes on")),
    "batch.prioritized": Kind(_("A batch goes before others")),
    "batch.retried": Kind(_("Failed pages are tried again")),
    "batch.cancelled": Kind(_("A batch was cancelled")),
    "batch.completed": Kind(_("A batch is done")),
    "batch.failed": Kind(_("A batch failed")),
    "page.uploaded": Kind(_("A page was uploaded")),
    "page.claimed": Kind(_("A worker took a page")),
    "page.answered": Kind(_("The model answered")),
    "page.checked": Kind(_("The checks had their say")),
    "page.optimized": Kind(_("A page has its suggestions")),
    "page.completed": Kind(_("A page is done")),
    "page.failed": Kind(_("A page failed")),
    "page.requeued": Kind(_("A page waits again")),
    "page.prioritized": Kind(_("A page goes before others")),
    "page.gathered": Kind(_("A page went into a provider batch")),
    "page.parked": Kind(_("A page waits for the economy lane")),
    "page.replanned": Kind(_("A page goes live instead")),
    "page.applied": Kind(_("A page was written on the customer's side")),
    "lease.expired": Kind(_("A worker stopped")),
    "result.dropped": Kind(_("A late result was dropped")),
    "suggestion.approved": Kind(_("A suggestion was approved")),
    "suggestion.rejected": Kind(_("A suggestion was rejected")),
    "suggestion.edited": Kind(_("A suggestion was edited")),
    "suggestion.rechecked": Kind(_("A held suggestion was checked anew")),
    "suggestion.rolled_back": Kind(_("A decision was taken back")),
    "archive.built": Kind(_("A ZIP was built")),
    "share.created": kind(_("A temporary link was made"), "what", "days", "share"),
    "share.revoked": kind(_("A temporary link was taken back"), "share"),
    "mail.sent": Kind(_("A mail was sent")),
    "provider_batch.created": Kind(_("A provider batch was made")),
    "provider_batch.found": Kind(_("A provider batch was found again")),
    "provider_batch.cancelled": Kind(_("A provider batch was cancelled")),
    "provider_batch.ended": Kind(_("A provider batch ended")),
}
KINDS = PERSONAL | TENANT | FLOW


def told(action: str, message: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What may be written of this message and data."""
    if not message and not data:
        return message, data
    known = KINDS.get(action)
    if known and known.fields is not None:
        data = {name: value for name, value in data.items() if name in known.fields}
    text = orjson.dumps(data).decode()
    if len(text) > MAX_DATA_BYTES:
        data, text = {"omitted": "larger than 8 KB"}, ""
    clean = without_secrets(text)
    return without_secrets(message), data if clean is text else orjson.loads(clean)


def without_secrets(text: str) -> str:
    """The text itself where there is none."""
    if not any(mark in text for mark in MARKS):
        return text
    return SECRETS.sub("…", text) if SECRETS.search(text) else text
