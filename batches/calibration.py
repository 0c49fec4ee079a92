"""What a confidence has been worth in this project: how often people took such a text as it was."""

from dataclasses import dataclass

from django.db.models import Count, Q

from batches.models import Decision, Suggestion
from projects.models import Project

# Too few decisions say nothing.
FEWEST = 20
BANDS = ((0.9, 1.01), (0.5, 0.9), (0.0, 0.5))


@dataclass(frozen=True, slots=True)
class Band:
    """The texts of one band of confidence that people decided on."""

    least: float
    decided: int
    # Approved without a change of wording.
    accepted: int

    @property
    def share(self) -> float:
        return self.accepted / self.decided

    @property
    def sentence(self) -> str:
        return (
            f"Of {self.decided:,} texts scored {self.least:.1f} or more, "
            f"{self.share:.0%} were accepted unedited."
        )


def bands(project: Project) -> list[Band]:
    """The bands in which people have decided enough; what the project approved by itself says nothing."""
    by_people = Decision.objects.filter(suggestion__page__project=project).exclude(by="auto")
    texts = Suggestion.objects.filter(
        page__project=project, confidence__isnull=False, id__in=by_people.values("suggestion_id")
    ).exclude(review=Suggestion.Review.PENDING)
    is_accepted = Q(review=Suggestion.Review.APPROVED, decided_text="")
    counts = texts.aggregate(
        **{
            f"{name}_{number}": Count("id", filter=Q(confidence__gte=least, confidence__lt=most) & extra)
            for number, (least, most) in enumerate(BANDS)
            for name, extra in (("decided", Q()), ("accepted", is_accepted))
        }
    )
    found = [
        Band(least, counts[f"decided_{n}"], counts[f"accepted_{n}"]) for n, (least, _) in enumerate(BANDS)
    ]
    return [band for band in found if band.decided >= FEWEST]
