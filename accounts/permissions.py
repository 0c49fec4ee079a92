"""What each role may do: the one place. docs/security.md shows this table, and tests/test_access_matrix.py
walks every address with every role."""

from accounts.models.organization import Role

# Each right, who has it, and what it opens.
RIGHTS: dict[str, tuple[frozenset[str], str]] = {
    "look": (
        frozenset(Role.values),
        "see projects, batches, pages, suggestions, results, members, names of keys, the audit log",
    ),
    "work": (
        frozenset({Role.OWNER, Role.ADMIN, Role.EDITOR}),
        "upload and steer batches, review, write the brief",
    ),
    "manage": (
        frozenset({Role.OWNER, Role.ADMIN}),
        "make projects, change settings, caps, API keys, provider keys, webhooks, members, invitations",
    ),
    "own": (
        frozenset({Role.OWNER}),
        "make and unmake owners, hand the organization over, close it",
    ),
}
EVERYONE, EDITORS, MANAGERS, OWNERS = (roles for roles, _ in RIGHTS.values())


def table() -> str:
    """The table of docs/security.md."""
    lines = [f"| right | {' | '.join(Role.values)} | opens |", "|---" * (len(Role.values) + 2) + "|"]
    for right, (roles, words) in RIGHTS.items():
        marks = ("yes" if role in roles else "–" for role in Role.values)
        lines.append(f"| {right} | {' | '.join(marks)} | {words} |")
    return "\n".join(lines)
