from projects.models.keys import APIKey, APIKeyUsage
from projects.models.project import Brief, Project
from projects.models.saved_view import SavedView
from projects.models.spend import MemoryEntry, SpendEntry
from projects.models.totals import SpendDay, SpendTotal

__all__ = [
    "APIKey",
    "APIKeyUsage",
    "Brief",
    "MemoryEntry",
    "Project",
    "SavedView",
    "SpendDay",
    "SpendEntry",
    "SpendTotal",
]
