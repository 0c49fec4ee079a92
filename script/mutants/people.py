"""Who signs in, and what a member may do."""

from guard import Guard

MEMBERS = "accounts/members.py"
PEOPLE = [
    Guard(
        "roles",
        "tests/test_access_matrix.py::test_people_get_exactly_where_their_role_lets_them",
        "accounts/visitors.py",
        "if organization.role_of(user) not in roles:",
        "if False:",
    ),
    Guard(
        "last owner",
        "accounts/tests/test_members.py::test_last_owner_stays",
        MEMBERS,
        "    if membership.role != Role.OWNER:\n        return\n",
        "    return\n",
    ),
    Guard(
        "invitation works once",
        "accounts/tests/test_members.py::test_link_works_once",
        MEMBERS,
        # In both places: each of the two alone keeps a link from working twice.
        ", accepted_at=None",
        "",
    ),
    Guard(
        "lock of members and invitations",
        "accounts/tests/test_invitation_races.py::test_no_crowd_opens_more_invitations_than_there_may_be",
        MEMBERS,
        "    Organization.objects.select_for_update(no_key=True).get(id=organization.id)\n",
        "    pass\n",
    ),
    Guard(
        "second factor",
        "accounts/tests/test_second_factor.py",
        "accounts/middleware.py",
        "return bool(user.is_authenticated and user.lacks_second_factor)",
        "return False",
    ),
    Guard(
        "one account an address",
        "accounts/tests/test_addresses.py",
        sql="DROP INDEX user_email_unique",
    ),
    Guard(
        "fresh proof",
        "batches/tests/test_usage.py::test_cap_waits_for_a_fresh_proof_and_is_then_set",
        "accounts/proof.py",
        'if request.method == "POST" and not is_fresh(request):',
        "if False:",
    ),
    Guard(
        "encrypted sessions",
        "accounts/tests/test_second_factor.py::test_secret_that_waits_for_its_first_code_is_encrypted_too",
        start="settings.SESSION_ENGINE = 'django.contrib.sessions.backends.db'",
    ),
]
