"""The dashboard's addresses for batches, pages and the review; the API has its own."""

from django.urls import path

from batches import (
    deciding_views,
    download_views,
    fact_views,
    family_views,
    instruction_views,
    jump_views,
    outbox_views,
    page_views,
    pagetable_views,
    report_views,
    review_views,
    share_views,
    shares,
    streams,
    usage_views,
    views,
    webhook_views,
)
from batches.mail import views as mail_views

app_name = "batches"
WEBHOOKS = "projects/<str:project_id>/webhooks"
urlpatterns = [
    path("projects/<str:project_id>/pages", pagetable_views.page_list, name="pages"),
    path("projects/<str:project_id>/pages.csv", pagetable_views.pages_csv, name="pages_csv"),
    path("projects/<str:project_id>/batches", views.batch_list, name="list"),
    path("projects/<str:project_id>/batches/new", views.create, name="create"),
    path("projects/<str:project_id>/review", review_views.review_next, name="review_next"),
    path("projects/<str:project_id>/families", family_views.family_list, name="families"),
    path("projects/<str:project_id>/families/differ", family_views.differ, name="differ_family"),
    path("projects/<str:project_id>/instructions", instruction_views.instructions, name="instructions"),
    path(WEBHOOKS, webhook_views.webhooks, name="webhooks"),
    path(f"{WEBHOOKS}/<str:endpoint_id>/rotate", webhook_views.rotate, name="rotate_webhook"),
    *[
        path(
            f"{WEBHOOKS}/<str:endpoint_id>/{verb}", webhook_views.act, {"verb": verb}, name=f"{verb}_webhook"
        )
        for verb in webhook_views.ACTS
    ],
    path(f"{WEBHOOKS}/messages/<str:message_id>/replay", webhook_views.replay, name="replay_webhook"),
    path("batches/<str:batch_id>", views.detail, name="detail"),
    path("batches/<str:batch_id>/events", streams.events, name="events"),
    path("batches/<str:batch_id>/report", report_views.report, name="report"),
    path("batches/<str:batch_id>/download", download_views.download, name="download"),
    *[
        path(f"batches/<str:batch_id>/files/{what}", download_views.download, {"what": what}, name="file")
        for what in shares.FILES
    ],
    path("projects/<str:project_id>/audit", download_views.audit_log, name="audit_export"),
    path("batches/<str:batch_id>/review", review_views.review, name="review"),
    path("batches/<str:batch_id>/review/here", review_views.here, name="here"),
    *[
        path(
            f"batches/<str:batch_id>/review/{what}",
            deciding_views.decide_many,
            {"what": what},
            name="decide_many",
        )
        for what in ("approve", "reject")
    ],
    path("batches/<str:batch_id>/review/rollback", deciding_views.roll_back, name="roll_back"),
    path("batches/<str:batch_id>/pages/<str:page_id>/versions", page_views.version_list, name="versions"),
    path(
        "batches/<str:batch_id>/pages/<str:page_id>/rollback", deciding_views.roll_back, name="roll_back_page"
    ),
    path("batches/<str:batch_id>/review/groups/<int:group_id>", review_views.group, name="group"),
    path(
        "batches/<str:batch_id>/review/groups/<int:group_id>/undo",
        deciding_views.undo_many,
        name="undo_many",
    ),
    path("batches/<str:batch_id>/pages/<str:page_id>", page_views.page, name="page"),
    path("batches/<str:batch_id>/pages/<str:page_id>/process", page_views.process_now, name="process_now"),
    path("batches/<str:batch_id>/pages/<str:page_id>/differ", page_views.differ, name="differ"),
    path("batches/<str:batch_id>/pages/<str:page_id>/preview", page_views.preview, name="preview"),
    *[path(f"batches/<str:batch_id>/{verb}", views.act, {"verb": verb}, name="act") for verb in views.ACTS],
    *[
        path(f"suggestions/<str:suggestion_id>/{what}", deciding_views.decide, {"what": what}, name="decide")
        for what in deciding_views.DONE
    ],
    path("suggestions/<str:suggestion_id>/fact", fact_views.fact, name="fact"),
    path("suggestions/<str:suggestion_id>/check", deciding_views.check, name="check"),
    path("suggestions/<str:suggestion_id>/look", review_views.look, name="look"),
    path("suggestions/<str:suggestion_id>/alike", review_views.spread, name="spread"),
    path("suggestions/<str:suggestion_id>/alike/edit", deciding_views.spread_edit, name="spread_edit"),
    path("jump", jump_views.jump, name="jump"),
    path("usage", usage_views.own, name="own_usage"),
    path("organizations/<str:organization_id>/usage", usage_views.overview, name="usage"),
    path("organizations/<str:organization_id>/usage/cap", usage_views.set_cap, name="set_cap"),
    path("batches/<str:batch_id>/start", views.set_start, name="set_start"),
    path("batches/<str:batch_id>/cap", usage_views.set_batch_cap, name="set_batch_cap"),
    path("batches/<str:batch_id>/shares", share_views.overview, name="shares"),
    path("batches/<str:batch_id>/shares/<int:share_id>/revoke", share_views.revoke, name="revoke_share"),
    path("shared/<str:token>", share_views.shared, name="shared"),
    path("outbox", outbox_views.outbox, name="outbox"),
    path("outbox/<int:mail_id>", outbox_views.mail, name="mail"),
    path("outbox/<int:mail_id>/html", outbox_views.mail_html, name="mail_html"),
    path("you/mail", mail_views.choose, name="wishes"),
    path("mail/unsubscribe/<str:token>", mail_views.unsubscribe, name="unsubscribe"),
    path("mail/previews", mail_views.previews, name="mail_previews"),
    path("mail/previews/html", mail_views.preview_html, name="mail_preview_html"),
]
