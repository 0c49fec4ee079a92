"""Sums of the ledger: what caps are held against, and what the Usage screen shows."""

from typing import ClassVar

from django.db import models

from projects.models.project import Project


class SpendTotal(models.Model):
    """What a batch, or a project or organization in one month, has spent and reserved.

    The row is locked by whoever reserves, so that no cap is passed.
    """

    # The owner's id; for a project or organization followed by the month, as in `proj_… 2026-11`.
    key = models.CharField(primary_key=True, max_length=60)
    organization_id = models.CharField(max_length=32)
    owner = models.CharField(max_length=40)
    month = models.CharField(max_length=7, blank=True)
    spent = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    # Of a batch; those of projects and organizations stand with them.
    cap_microdollars = models.BigIntegerField(null=True, blank=True)
    # The highest share of the cap, in percent, that people were told of.
    told_percent = models.SmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class SpendDay(models.Model):
    """One day of a project with one model in one lane."""

    organization_id = models.CharField(max_length=32)
    project = models.ForeignKey(Project, models.CASCADE, related_name="spend_days")
    day = models.DateField()
    model = models.CharField(max_length=80)
    lane = models.CharField(max_length=7)
    pages = models.IntegerField(default=0)
    calls = models.IntegerField(default=0)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    microdollars = models.BigIntegerField(default=0)
    # What the economy lane's price spared, and what was not bought because it was known.
    saved_by_lane = models.BigIntegerField(default=0)
    saved_by_memory = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "day", "model", "lane"], name="spend_day_once"),
        ]
        indexes: ClassVar = [
            # The Usage screen of an organization.
            models.Index(fields=["organization_id", "day"], name="spend_day_by_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.model}"
