"""Every address of the product, and whom each of its methods lets in. A new address needs its row here.

People: `person` (whoever is signed in, for what is their own), or a right of accounts/permissions.py: `look`,
`work`, `manage`, `own`. `live` is `look` with 404 for the anonymous; `development` is nothing in production.
API keys: the scopes that open it, any one of which will do; `whole` is a key of the whole organization with
the scope `admin`.
"""

PROJECT, BATCH = "api/v1/projects/<project_id:project_id>", "api/v1/batches/<batch_id:batch_id>"
PAGE, READ = f"{PROJECT}/pages/<page_id:page_id>", "read upload apply"
API = {
    "api/v1/project": {"GET": READ},
    "api/v1/projects": {"POST": "whole"},
    PROJECT: {"GET": READ, "PATCH": "admin"},
    f"{PROJECT}/brief": {"GET": READ, "PUT": "admin"},
    f"{PROJECT}/batches": {"POST": "upload"},
    f"{PROJECT}/optimize": {"POST": "upload"},
    f"{PROJECT}/families": {"GET": READ},
    f"{PROJECT}/families/differ": {"POST": "upload"},
    f"{PROJECT}/spend": {"GET": READ, "PATCH": "admin"},
    f"{BATCH}/spend": {"GET": READ, "PATCH": "admin"},
    f"{BATCH}/estimate": {"POST": "upload read"},
    "api/v1/organization/spend": {"GET": "whole", "PATCH": "whole"},
    f"{PROJECT}/results": {"GET": "read apply"},
    f"{PROJECT}/applied": {"POST": "apply"},
    BATCH: {"GET": READ},
    f"{BATCH}/events": {"GET": READ},
    f"{BATCH}/pages": {"GET": READ, "POST": "upload"},
    f"{BATCH}/results": {"GET": "read apply"},
    **{
        f"{BATCH}/{act}": {"POST": "upload"}
        for act in ("priority", "submit", "cancel", "pause", "resume", "retry")
    },
    PAGE: {"GET": READ},
    f"{PAGE}/status": {"GET": READ},
    f"{PAGE}/logs": {"GET": READ},
    f"{PAGE}/process": {"POST": "upload"},
    "api/v1/provider-keys": {"GET": "whole", "POST": "whole"},
    "api/v1/provider-keys/<key_id:key_id>": {"DELETE": "whole"},
}
SITE, RUN = "projects/<str:project_id>", "batches/<str:batch_id>"
HOUSE = "you/organizations/<str:organization_id>"
DASHBOARD = {
    "": {"GET": "person"},
    "projects/new": {"GET": "person", "POST": "person"},
    SITE: {"GET": "look"},
    f"{SITE}/connection": {"GET": "look"},
    f"{SITE}/menu": {"GET": "look"},
    f"{SITE}/brief": {"GET": "look", "POST": "work"},
    f"{SITE}/settings": {"GET": "look", "POST": "manage"},
    f"{SITE}/delete": {"POST": "own"},
    f"{SITE}/restore": {"POST": "own"},
    f"{SITE}/keys": {"GET": "look", "POST": "manage"},
    f"{SITE}/keys/<str:key_id>/roll": {"POST": "manage"},
    f"{SITE}/keys/<str:key_id>/revoke": {"POST": "manage"},
    f"{SITE}/instructions": {"GET": "look"},
    f"{SITE}/families": {"GET": "look"},
    f"{SITE}/families/differ": {"POST": "work"},
    f"{SITE}/pages": {"GET": "look"},
    f"{SITE}/pages.csv": {"GET": "look"},
    f"{SITE}/views": {"POST": "work"},
    **{f"{SITE}/views/<int:view_id>/{act}": {"POST": "work"} for act in ("remove", "restore")},
    f"{SITE}/batches": {"GET": "look"},
    f"{SITE}/batches/new": {"GET": "work", "POST": "work"},
    f"{SITE}/review": {"GET": "look"},
    "jump": {"GET": "person"},
    "usage": {"GET": "person"},
    "organizations/<str:organization_id>/usage": {"GET": "look"},
    "organizations/<str:organization_id>/usage/cap": {"POST": "manage"},
    f"{RUN}/cap": {"POST": "manage"},
    f"{RUN}/start": {"POST": "work"},
    f"{SITE}/webhooks": {"GET": "look", "POST": "manage"},
    **{
        f"{SITE}/webhooks/<str:endpoint_id>/{act}": {"POST": "manage"}
        for act in ("rotate", "enable", "disable", "delete")
    },
    f"{SITE}/webhooks/messages/<str:message_id>/replay": {"POST": "manage"},
    RUN: {"GET": "look"},
    f"{RUN}/events": {"GET": "live"},
    f"{RUN}/report": {"GET": "look"},
    f"{RUN}/download": {"GET": "look"},
    **{f"{RUN}/files/{what}": {"GET": "look"} for what in ("site", "report", "results", "pages", "audit")},
    f"{SITE}/audit": {"POST": "look"},
    f"{RUN}/shares": {"GET": "look", "POST": "work"},
    f"{RUN}/shares/<int:share_id>/revoke": {"POST": "work"},
    f"{RUN}/review": {"GET": "look"},
    f"{RUN}/review/here": {"GET": "look"},
    **{f"{RUN}/review/{act}": {"POST": "work"} for act in ("approve", "reject")},
    f"{RUN}/review/rollback": {"POST": "work"},
    f"{RUN}/review/groups/<int:group_id>": {"GET": "look"},
    f"{RUN}/review/groups/<int:group_id>/undo": {"POST": "work"},
    f"{RUN}/pages/<str:page_id>": {"GET": "look"},
    f"{RUN}/pages/<str:page_id>/process": {"POST": "work"},
    f"{RUN}/pages/<str:page_id>/differ": {"POST": "work"},
    f"{RUN}/pages/<str:page_id>/preview": {"GET": "look"},
    f"{RUN}/pages/<str:page_id>/versions": {"GET": "look"},
    f"{RUN}/pages/<str:page_id>/rollback": {"POST": "work"},
    **{
        f"{RUN}/{act}": {"POST": "work"}
        for act in ("pause", "resume", "cancel", "retry", "submit", "prioritize")
    },
    **{
        f"suggestions/<str:suggestion_id>/{act}": {"POST": "work"}
        for act in ("approve", "reject", "edit", "undo", "check", "alike/edit")
    },
    "suggestions/<str:suggestion_id>/fact": {"GET": "work", "POST": "work"},
    **{f"suggestions/<str:suggestion_id>/{sight}": {"GET": "look"} for sight in ("look", "alike")},
    HOUSE: {"GET": "look", "POST": "manage"},
    f"{HOUSE}/transfer": {"POST": "own"},
    **{f"{HOUSE}/{act}": {"POST": "own"} for act in ("export", "delete", "keep")},
    f"{HOUSE}/provider-keys": {"GET": "manage", "POST": "manage"},
    f"{HOUSE}/provider-keys/<str:key_id>/revoke": {"POST": "manage"},
    f"{HOUSE}/members": {"GET": "look", "POST": "manage"},
    f"{HOUSE}/members/<str:user_id>/role": {"POST": "manage"},
    f"{HOUSE}/members/<str:user_id>/remove": {"POST": "manage"},
    f"{HOUSE}/invitations/<int:invitation_id>/withdraw": {"POST": "manage"},
    "outbox": {"GET": "development"},
    "outbox/<int:mail_id>": {"GET": "development"},
    "outbox/<int:mail_id>/html": {"GET": "development"},
    "you/mail": {"GET": "person", "POST": "person"},
    "mail/previews": {"GET": "development"},
    "mail/previews/html": {"GET": "development"},
    "you/audit": {"GET": "person"},
    "you/audit/verify": {"POST": "person"},
    "you/audit/export": {"POST": "person"},
    "you/exports": {"POST": "person"},
    "you/erase": {"POST": "person"},
    "you/profile": {"GET": "person", "POST": "person"},
}
# What belongs to one person, or to whoever holds the link: nobody else's role opens it.
PERSONAL = {
    "mail/unsubscribe/<str:token>": {"GET": "link", "POST": "link"},
    "shared/<str:token>": {"GET": "link"},
    "you/sessions/<int:session_id>/end": {"POST": "person"},
    "you/exports/<int:export_id>": {"GET": "person"},
    "you/invitations/<str:token>": {"GET": "person", "POST": "person"},
}
PUBLIC = {"health", "healthz", "readyz", "gulp-nimbus.tgz", "api/v1/reference", "api/v1/schema"}
# A token of its own opens it to machines, and nothing else does: nimbus/tests/test_metrics.py.
MACHINES = {"metrics"}
# allauth's own pages: no tenant's rows, and of people's only those of the visitor.
DOORS = {
    "login/", "logout/", "inactive/", "signup/", "confirm-email/", "password/reset/", "login/code/confirm/",
    r"^confirm-email/(?P<key>[-:\w]+)/$", "password/reset/key/done/", "password/reset/done/",
    r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", "2fa/authenticate/", "2fa/webauthn/login/",
    "3rdparty/login/cancelled/", "3rdparty/login/error/", "3rdparty/signup/", "social/login/cancelled/",
    "social/login/error/", "social/signup/", "social/connections/", "google/login/", "google/login/callback/",
    "google/login/token/", "github/login/", "github/login/callback/",
}  # fmt: skip
OWN_ACCOUNT = {
    "reauthenticate/", "email/", "password/change/", "password/set/", "2fa/", "2fa/reauthenticate/",
    "2fa/totp/activate/", "2fa/totp/deactivate/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/",
    "2fa/recovery-codes/download/", "2fa/webauthn/", "2fa/webauthn/add/", "2fa/webauthn/reauthenticate/",
    "2fa/webauthn/keys/<int:pk>/remove/", "2fa/webauthn/keys/<int:pk>/edit/", "3rdparty/", "sessions/",
}  # fmt: skip
