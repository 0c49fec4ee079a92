"""What somebody wants to see of a review, as its address says it: which changes, and in which list."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower
from django.utils.encoding import iri_to_uri

from batches.models import Suggestion
from nimbus import querystring

Changes = Any
HELD = (Suggestion.Level.REFUSE, Suggestion.Level.HOLD)
# What one word on many may approve: no check holds it.
READY = Q(level__in=[Suggestion.Level.PASS, Suggestion.Level.NOTE]) & ~Q(text="")
# The same where only levels count: a text that is empty was refused, and the text is in no index.
FREE = Q(level__in=[Suggestion.Level.PASS, Suggestion.Level.NOTE])
LISTS = ("held", "closer", "sample", "all")
FIELDS = {
    "title": Q(target="title"),
    "metaDescription": Q(target="metaDescription"),
    "block": Q(kind="block"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """The first five filter; the last three say which list of what they leave is on the desk."""

    q: str = ""
    check: str = ""
    field: str = ""
    below: str = ""
    dimension: str = ""
    page: str = ""
    alike: str = ""
    list: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Wish":
        """Whatever the address holds; what makes no sense counts as not said."""
        said = querystring.said(cls, given)
        said["field"] = said["field"] if said["field"] in FIELDS else ""
        said["list"] = said["list"] if said["list"] in LISTS else ""
        said["dimension"] = said["dimension"] if ":" in said["dimension"] else ""
        try:
            float(said["below"])
        except ValueError:
            said["below"] = ""
        return cls(**said)

    @property
    def given(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, without the choice of a list."""
        return {name: value for name, value in self.given.items() if name not in ("page", "alike", "list")}

    @property
    def kept(self) -> str:
        """The filters as the end of an address, for the links of a filtered queue."""
        return "".join(f"&{urlencode({name: value})}" for name, value in self.filters.items())

    @property
    def address(self) -> str:
        return f"?{urlencode(self.given)}"

    def filtered(self, changes: Changes) -> Changes:
        """Those changes that pass the filters, whatever list they are in."""
        if self.q:
            changes = changes.filter(
                Q(text__icontains=self.q)
                | Q(decided_text__icontains=self.q)
                | Q(page__path__icontains=iri_to_uri(self.q))
            )
        if self.check:
            changes = changes.filter(verdicts__contains=[{"check": self.check}])
        if self.field:
            changes = changes.filter(FIELDS[self.field])
        if self.below:
            changes = changes.filter(Q(confidence__lte=float(self.below)) | Q(confidence=None))
        if self.dimension:
            name, _, value = self.dimension.partition(":")
            found = Lower(KeyTextTransform(name.strip(), F("page__dimensions")))
            changes = changes.alias(found=found).filter(found=value.strip().lower())
        return changes

    def without(self, *names: str) -> "Wish":
        return replace(self, **dict.fromkeys(names, ""))
