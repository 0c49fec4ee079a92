"""Every kind of audit event: what happened, and what may be told beside it.

A kind that is not here fails tests/test_events.py. What an event tells is cut to its fields, and whatever
looks like a secret or an address is taken out before it is written.
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson

MAX_DATA_BYTES = 8 * 1024
SECRETS = re.compile(
    r"nmb_(?:live|test)_\w{20,}|sk-[\w-]{12,}|whsec_[\w+/=]{12,}|gAAAA[\w-]{20,}|gh[op]_\w{12,}"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
)
# One of these is in each; looking for them first spares the search in nearly every text.
MARKS = ("nmb_", "sk-", "whsec_", "gAAAA", "gho_", "ghp_", "@")


@dataclass(frozen=True, slots=True)
class Kind:
    """`fields` names what may stand in the data; None leaves it to the writer."""

    says: str
    fields: frozenset[str] | None = None


def kind(says: str, *fields: str) -> Kind:
    return Kind(says, frozenset(fields))


# Of people and their sign-in: told in the person's own chain.
PERSONAL = {
    "user.signed_up": kind("An account was made", "by"),
    "user.signed_in": kind("Signed in"),
    "user.signed_out": kind("Signed out"),
    "user.sign_in_refused": kind("Somebody tried to sign in with a wrong password"),
    "user.confirmed": kind("Proved again who it is", "by"),
    "user.renamed": kind("Changed the name"),
    "notifications.changed": kind("Chose which mail comes how often", "off"),
    "user.exported": kind("Took a copy of the personal data"),
    "user.erased": kind("The account was erased"),
    "password.changed": kind("Changed the password"),
    "password.reset": kind("Reset the password by mail"),
    "password.set": kind("Set a password"),
    "email.added": kind("Added an address"),
    "email.changed": kind("Changed the primary address"),
    "email.confirmed": kind("Confirmed an address"),
    "email.removed": kind("Removed an address"),
    "authenticator.added": kind("Added a second factor", "type"),
    "authenticator.removed": kind("Removed a second factor", "type"),
    "authenticator.reset": kind("Made new recovery codes", "type"),
    "authenticator.used": kind("Used a second factor", "type"),
    "authenticator.refused": kind("A wrong code was given"),
    "social_account.connected": kind("Connected an account elsewhere", "provider"),
    "social_account.disconnected": kind("Disconnected an account elsewhere", "provider"),
    "session.ended": kind("Signed out a session elsewhere"),
}
# Of an organization and its people, keys and rights.
TENANT = {
    "organization.created": kind("The organization was made"),
    "organization.updated": kind("Name or settings changed", "changed"),
    "organization.mfa_required": kind("Members need a second factor now"),
    "organization.mfa_waived": kind("Members need no second factor any more"),
    "organization.transferred": kind("A member became the owner", "from", "role"),
    "organization.paused": kind("Support paused the organization", "reason"),
    "organization.resumed": kind("Support lets the organization go on"),
    "organization.exported": kind("Somebody took a copy of everything"),
    "organization.deletion_asked": kind("An owner wants the organization deleted", "after"),
    "organization.deletion_withdrawn": kind("An owner keeps the organization"),
    "organization.erased": kind("The organization was erased"),
    "project.deleted": kind("A project was deleted"),
    "project.restored": kind("A deleted project was restored"),
    "project.erased": kind("A deleted project was erased"),
    "member.joined": kind("A member joined", "role"),
    "member.left": kind("A member left", "role"),
    "member.removed": kind("A member was removed", "role"),
    "member.role_changed": kind("A member's role changed", "role", "from", "to"),
    "invitation.sent": kind("Somebody was invited", "role"),
    "invitation.withdrawn": kind("An invitation was withdrawn"),
    "api_key.issued": kind("An API key was issued", "kind", "scopes", "networks"),
    "api_key.rolled": kind("An API key was rolled", "hours", "to"),
    "api_key.revoked": kind("An API key was revoked"),
    "provider_key.added": kind("A provider key was added", "base_url"),
    "provider_key.revoked": kind("A provider key was revoked"),
    "support.entered": kind("Support looks into the organization", "reason", "until"),
    "support.left": kind("Support looks no more"),
    "support.acted": kind("Support acted", "what"),
    "audit.erased": kind("Texts of events up to this one were erased", "up_to", "why"),
    "audit.exported": kind("The log was exported as a file", "events"),
    "audit.verified": kind("The chain was verified", "chains", "broken"),
    "content.purged": kind("Old content was purged", "rows", "files"),
    "webhook.created": kind("A webhook was made", "url", "events"),
    "webhook.rotated": kind("A webhook has a new secret"),
    "webhook.disabled": kind("A webhook was switched off", "reason"),
    "webhook.enabled": kind("A webhook was switched on"),
    "webhook.deleted": kind("A webhook was deleted", "url"),
    "webhook.replayed": kind("A webhook's message was sent again", "message_id"),
}
# Of the flow; their writers are in batches/.
FLOW = {
    "project.created": Kind("A project was made"),
    "project.updated": Kind("A project's settings changed"),
    "brief.written": Kind("A version of the brief was written"),
    "batch.created": Kind("A batch was made"),
    "batch.submitted": Kind("A batch was submitted"),
    "batch.started": Kind("Work on a batch started"),
    "batch.paused": Kind("A batch was paused"),
    "batch.resumed": Kind("A batch goes on"),
    "batch.prioritized": Kind("A batch goes before others"),
    "batch.retried": Kind("Failed pages are tried again"),
    "batch.cancelled": Kind("A batch was cancelled"),
    "batch.completed": Kind("A batch is done"),
    "batch.failed": Kind("A batch failed"),
    "page.uploaded": Kind("A page was uploaded"),
    "page.claimed": Kind("A worker took a page"),
    "page.answered": Kind("The model answered"),
    "page.checked": Kind("The checks had their say"),
    "page.optimized": Kind("A page has its suggestions"),
    "page.completed": Kind("A page is done"),
    "page.failed": Kind("A page failed"),
    "page.requeued": Kind("A page waits again"),
    "page.prioritized": Kind("A page goes before others"),
    "page.gathered": Kind("A page went into a provider batch"),
    "page.parked": Kind("A page waits for the economy lane"),
    "page.replanned": Kind("A page goes live instead"),
    "page.applied": Kind("A page was written on the customer's side"),
    "lease.expired": Kind("A worker stopped"),
    "result.dropped": Kind("A late result was dropped"),
    "suggestion.approved": Kind("A suggestion was approved"),
    "suggestion.rejected": Kind("A suggestion was rejected"),
    "suggestion.edited": Kind("A suggestion was edited"),
    "suggestion.rechecked": Kind("A held suggestion was checked anew"),
    "suggestion.rolled_back": Kind("A decision was taken back"),
    "archive.built": Kind("A ZIP was built"),
    "share.created": kind("A temporary link was made", "what", "days", "share"),
    "share.revoked": kind("A temporary link was taken back", "share"),
    "mail.sent": Kind("A mail was sent"),
    "provider_batch.created": Kind("A provider batch was made"),
    "provider_batch.found": Kind("A provider batch was found again"),
    "provider_batch.cancelled": Kind("A provider batch was cancelled"),
    "provider_batch.ended": Kind("A provider batch ended"),
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
