"""Development's outbox: what was mailed, without a mail server."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from accounts.models import Organization
from accounts.paging import page_of
from accounts.visitors import Visit
from batches.models import OutboxMail
from projects.frames import frame

MAIL_POLICY: dict[str, Any] = {
    "sandbox": True,
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [CSP.SELF],
}


def mails_of(request: Visit) -> QuerySet[OutboxMail]:
    """One's own mail and that of one's organizations; in production there is no such page."""
    if not settings.DEBUG:
        raise Http404
    mine = Organization.objects.for_user(request.user).values("id")
    return OutboxMail.objects.filter(Q(organization_id__in=mine) | Q(to__iexact=request.user.email))


@require_safe
@login_required
def outbox(request: Visit) -> HttpResponse:
    rows, pager = page_of(request, mails_of(request), "-id")
    return render(
        request, "batches/outbox.html", frame(request.user, "outbox") | {"rows": rows, "pager": pager}
    )


@require_safe
@login_required
def mail(request: Visit, mail_id: int) -> HttpResponse:
    found = get_object_or_404(mails_of(request), id=mail_id)
    return render(request, "batches/outbox.html", frame(request.user, "outbox") | {"mail": found})


@require_safe
@login_required
@xframe_options_sameorigin
@csp_override(MAIL_POLICY)
def mail_html(request: Visit, mail_id: int) -> HttpResponse:
    return HttpResponse(get_object_or_404(mails_of(request), id=mail_id).html)
