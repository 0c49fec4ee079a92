"""Support looking into an organization: why, who, and for how long."""

from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class SupportVisitQuerySet(models.QuerySet["SupportVisit"]):
    def open(self) -> Self:
        return self.filter(ends_at__gt=timezone.now())

    def open_for(self, staff: Any) -> Self:
        return self.open().filter(staff_id=staff.pk)


class SupportVisit(models.Model):
    organization_id = models.CharField(max_length=32)
    staff = models.ForeignKey(User, models.CASCADE, related_name="support_visits")
    reason = models.CharField(max_length=300)
    started_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()

    objects = SupportVisitQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # What one of the staff may see now; what an organization is shown.
            models.Index(fields=["staff", "ends_at"], name="visit_by_staff"),
            models.Index(fields=["organization_id", "ends_at"], name="visit_by_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} in {self.organization_id}"
