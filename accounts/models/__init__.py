from accounts.models.audit import AuditChain, AuditEvent
from accounts.models.organization import Invitation, Membership, Organization, ProviderKey
from accounts.models.rights import DataExport
from accounts.models.support import SupportVisit
from accounts.models.user import User

__all__ = [
    "AuditChain",
    "AuditEvent",
    "DataExport",
    "Invitation",
    "Membership",
    "Organization",
    "ProviderKey",
    "SupportVisit",
    "User",
]
