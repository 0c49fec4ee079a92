"""A filter that somebody gave a name, for everybody who works on the project."""

from typing import ClassVar

from django.db import models

from projects.models.project import Project


class SavedView(models.Model):
    class Place(models.TextChoices):
        """The list that it is a view of."""

        PAGES = "pages"
        REVIEW = "review"

    organization_id = models.CharField(max_length=32)
    project = models.ForeignKey(Project, models.CASCADE, related_name="saved_views")
    place = models.CharField(max_length=6, choices=Place.choices)
    name = models.CharField(max_length=60)
    # What stands behind the question mark.
    query = models.CharField(max_length=2000)
    # `user_…`; the view outlives whoever made it.
    created_by = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)
    # Set is removed; a removal can be undone.
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # Also finds the views of one list.
            models.UniqueConstraint(
                fields=["project", "place", "name"],
                name="saved_view_name",
                condition=models.Q(removed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name
