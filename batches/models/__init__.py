from batches.models.batch import Batch
from batches.models.calls import ModelCall
from batches.models.delivery import Artifact, OutboxMail, WebhookDelivery, WebhookEndpoint
from batches.models.page import Page, PageRun, PageSnapshot
from batches.models.provider_batch import ProviderBatch
from batches.models.suggestion import Decision, GroupDecision, Suggestion

__all__ = [
    "Artifact",
    "Batch",
    "Decision",
    "GroupDecision",
    "ModelCall",
    "OutboxMail",
    "Page",
    "PageRun",
    "PageSnapshot",
    "ProviderBatch",
    "Suggestion",
    "WebhookDelivery",
    "WebhookEndpoint",
]
