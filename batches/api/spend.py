"""What a batch will cost, what was spent, and the caps."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Organization
from batches import caps, quotes, savings
from batches.api.batches import batch_for
from batches.models import Batch
from batches.queue import BatchNotUploadingError
from nimbus.errors import InvalidError
from nimbus.idempotency import idempotent
from nimbus.selection import selectable
from projects import books, usage
from projects.api import READ, KeyView, project_for
from projects.authentication import ScopeMissingError, auth_of
from projects.books import Holder, Total
from projects.models import Project, SpendDay
from projects.serializers import MICRO, Dollars, Strict


class CapInput(Strict):
    cap_usd = Dollars(allow_null=True, min_value=0, max_value=caps.MOST)


class BatchEstimateView(KeyView):
    scope = ("upload", "read")

    @extend_schema(
        operation_id="batch_estimate",
        summary="What a batch will cost, before it is submitted",
        request=None,
        responses=OpenApiTypes.OBJECT,
    )
    @idempotent
    def post(self, request: Request, batch_id: str) -> Response:
        batch = batch_for(request, batch_id)
        if batch.status != Batch.Status.UPLOADING:
            raise BatchNotUploadingError
        return Response(quote_data(batch, quotes.remembered(batch)))


class SpendView(KeyView):
    """What one holder has spent, and its cap."""

    scope = {"GET": READ, "PATCH": "admin"}

    def answer(self, total: Total, **more: Any) -> Response:
        return Response(total_data(total) | more)


class BatchSpendView(SpendView):
    @extend_schema(
        operation_id="batch_spend", summary="What a batch has spent", responses=OpenApiTypes.OBJECT
    )
    @selectable()
    def get(self, request: Request, batch_id: str) -> Response:
        batch = batch_for(request, batch_id)
        saved = savings.of_batch(batch)
        return self.answer(
            books.look([Holder(batch.id, "", batch.organization_id)]).of(batch.id),
            saved_by_memory_usd=saved.by_memory / MICRO,
            saved_by_lane_usd=saved.by_lane / MICRO,
            reused_lines=saved.lines,
            reused_pages=saved.pages,
        )

    @extend_schema(
        operation_id="batch_cap", summary="Cap a batch", request=CapInput, responses=OpenApiTypes.OBJECT
    )
    @idempotent
    def patch(self, request: Request, batch_id: str) -> Response:
        batch = batch_for(request, batch_id)
        caps.set_of_batch(batch, auth_of(request), self.read(request, CapInput)["cap_usd"])
        return self.get(request, batch_id)


class ProjectSpendView(SpendView):
    @extend_schema(
        operation_id="project_spend",
        summary="What a project spends, by day, model and lane",
        responses=OpenApiTypes.OBJECT,
    )
    @selectable()
    def get(self, request: Request, project_id: str) -> Response:
        project = project_for(request, project_id)
        total = books.look([Holder("", project.id, project.organization_id)]).of(project.id)
        month = month_of(request)
        found = usage.rows([project], month)
        groups = {f"by_{field}": usage_data(found, field) for field in ("day", "model", "lane")}
        return self.answer(total, shown_month=str(month), **groups)

    @extend_schema(
        operation_id="project_cap",
        summary="Cap a project's month",
        request=CapInput,
        responses=OpenApiTypes.OBJECT,
    )
    @idempotent
    def patch(self, request: Request, project_id: str) -> Response:
        project = project_for(request, project_id)
        caps.set_of_project(project, auth_of(request), self.read(request, CapInput)["cap_usd"])
        return self.get(request, project_id)


class OrganizationSpendView(SpendView):
    @extend_schema(
        operation_id="organization_spend",
        summary="What an organization spends, by day and project",
        responses=OpenApiTypes.OBJECT,
    )
    @selectable()
    def get(self, request: Request) -> Response:
        organization = organization_for(request)
        total = books.look([Holder("", "", organization.id)]).of(organization.id)
        month = month_of(request)
        found = usage.rows(Project.objects.filter(organization=organization), month)
        groups = {f"by_{field}": usage_data(found, field) for field in ("day", "project", "model", "lane")}
        return self.answer(total, shown_month=str(month), **groups)

    @extend_schema(
        operation_id="organization_cap",
        summary="Cap an organization's month",
        request=CapInput,
        responses=OpenApiTypes.OBJECT,
    )
    @idempotent
    def patch(self, request: Request) -> Response:
        organization = organization_for(request)
        cap = self.read(request, CapInput)["cap_usd"]
        caps.set_of_organization(organization, auth_of(request), cap)
        return self.get(request)


def month_of(request: Request) -> usage.Month:
    text = request.query_params.get("month", "")
    month = usage.Month.of(text)
    if text and str(month) != text:
        raise InvalidError("`month` is a UTC month such as 2026-11.", field="month")
    return month


def organization_for(request: Request) -> Organization:
    """A key of one project does not speak for the others."""
    key = auth_of(request)
    if key.project_id:
        raise ScopeMissingError("This key belongs to one project. Use a key of the whole organization.")
    return get_object_or_404(Organization, id=key.organization_id)


def total_data(total: Total) -> dict[str, Any]:
    left = None if total.cap is None else (total.cap - total.spent - total.reserved) / MICRO
    return {
        "month": total.month or None,
        "spent_usd": total.spent / MICRO,
        "reserved_usd": total.reserved / MICRO,
        "cap_usd": None if total.cap is None else total.cap / MICRO,
        "left_usd": left,
        "input_tokens": total.input_tokens,
        "output_tokens": total.output_tokens,
    }


def usage_data(found: QuerySet[SpendDay], field: str) -> list[dict[str, Any]]:
    return [
        {
            field: row[field],
            **{name: row[name] for name in ("pages", "calls", "input_tokens", "output_tokens")},
            "spent_usd": row["microdollars"] / MICRO,
            "saved_by_lane_usd": row["saved_by_lane"] / MICRO,
            "saved_by_memory_usd": row["saved_by_memory"] / MICRO,
        }
        for row in usage.by(found, field)
    ]


def quote_data(batch: Batch, quote: quotes.Quote) -> dict[str, Any]:
    def span(amount: int, unit: int = 1) -> dict[str, float]:
        amounts = {"low": quote.low(amount), "likely": amount, "high": quote.high(amount)}
        return {name: value / unit if unit > 1 else value for name, value in amounts.items()}

    own = quote.economy if batch.lane == Batch.Lane.ECONOMY else quote.live
    return {
        "batch_id": batch.id,
        "model": quote.model,
        "lane": batch.lane,
        "pages": {kind: quote.pages.get(kind, 0) for kind in ("cached", "near_duplicate", "changed", "new")},
        "tokens": {"input": span(quote.input_tokens), "output": span(quote.output_tokens)},
        "live_usd": quote.live / MICRO,
        "economy_usd": quote.economy / MICRO,
        **{f"{name}_usd": value for name, value in span(own, MICRO).items()},
        "left_usd": None if quote.left is None else quote.left / MICRO,
        "cap": quote.cap or None,
        "fits": quote.left is None or quote.high(own) <= quote.left,
        "basis": {"sampled_pages": quote.sampled, "learnt_from_pages": quote.learnt_from},
    }
