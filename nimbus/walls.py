"""The second wall: whose rows a transaction of the web may see. PostgreSQL keeps it by row-level security.

The first wall are the queries, which start from what the caller may see. Should one forget to, this one
answers with no rows. Each transaction of the role `nimbus_app` is told who asks (nimbus.walled tells it);
the function `nimbus_enter` looks up what that person or key may see now, so a removed member or a revoked
key sees nothing from the next transaction on, in an open stream too. Untold, it sees no tenant's row.
"""

import contextlib
import itertools
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

# A role that sees every tenant, for the support admin. Tests name one for what they do without a request.
SUPPORT = "nimbus_support"
STAND_IN = ""
# Mail that belongs to no organization, such as the one that confirms an address.
MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Sight:
    """What a transaction is told: a role of its own, or a person, digests of a secret, more tenants."""

    role: str = ""
    person: str = ""
    proof: tuple[str, ...] = ()
    tenants: frozenset[str] = frozenset()
    # Two requests in one transaction, as in tests, are told apart: the second may see more than the first.
    number: int = 0


class Caller(Protocol):
    def sight(self) -> Sight: ...


class Visitor:
    """Whoever sent a request; asked at each transaction, since people sign in and out meanwhile."""

    def __init__(self, request: HttpRequest) -> None:
        self.request, self.number = request, next(NUMBERS)
        self.proof: tuple[str, ...] = ()

    def sight(self) -> Sight:
        # A key speaks for itself, whoever is signed in beside it.
        if self.proof:
            return Sight(proof=self.proof, number=self.number)
        user = known_user(self.request)
        if user is None or not user.is_authenticated:
            return NOBODY
        if user.is_active and user.is_staff and self.request.path.startswith("/admin/"):
            return Sight(role=SUPPORT)
        return Sight(person=user.id, number=self.number)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A caller that is known from the start, for work without a request."""

    seen: Sight

    def sight(self) -> Sight:
        return self.seen


NOBODY = Sight()
NUMBERS = itertools.count(1)
CALLER: ContextVar[Caller | None] = ContextVar("CALLER", default=None)
JOINED: ContextVar[frozenset[str]] = ContextVar("JOINED", default=frozenset())


def known_user(request: HttpRequest) -> Any:
    """The signed-in user, where somebody has asked already: asking here would ask the database."""
    user = getattr(request, "user", None)
    if type(user) is not SimpleLazyObject:
        return user
    found = getattr(request, "_cached_user", None)
    return found if found is not None else getattr(request, "_acached_user", None)


def wanted() -> Sight | None:
    """What the next statement's transaction has to be told; None where there is nothing to tell."""
    caller, joined = CALLER.get(), JOINED.get()
    if caller is None and STAND_IN:
        return Sight(role=STAND_IN)
    sight = caller.sight() if caller else NOBODY
    if joined and not sight.role:
        sight = replace(sight, tenants=sight.tenants | joined)
    return None if sight == NOBODY else sight


@contextlib.contextmanager
def asked_by(caller: Caller) -> Iterator[None]:
    token = CALLER.set(caller)
    try:
        yield
    finally:
        CALLER.reset(token)


@contextlib.contextmanager
def joined(*tenants: str) -> Iterator[None]:
    """For the few steps that act before the caller belongs there, such as a new organization."""
    token = JOINED.set(JOINED.get() | {tenant for tenant in tenants if tenant})
    try:
        yield
    finally:
        JOINED.reset(token)


@contextlib.contextmanager
def loaded(person: str) -> Iterator[None]:
    """While a session's visitor is being loaded, it is known who that is, but not to the request."""
    with asked_by(Fixed(Sight(person=person))) if CALLER.get() else contextlib.nullcontext():
        yield


@contextlib.contextmanager
def shown(*digests: str) -> Iterator[None]:
    """Whoever shows a secret sees the one row that keeps its digest, by the old pepper or the new."""
    with asked_by(Fixed(Sight(proof=digests))) if CALLER.get() else contextlib.nullcontext():
        yield


def prove(*digests: str) -> None:
    """From here on the request speaks as the API key of one of these digests."""
    if isinstance(caller := CALLER.get(), Visitor):
        caller.proof = digests


def each(caller: Caller, pieces: Iterable[Any]) -> Iterator[Any]:
    """A streaming answer's pieces, each made as the caller; between two of them nothing is held."""
    iterator = iter(pieces)
    while True:
        with asked_by(caller):
            try:
                piece = next(iterator)
            except StopIteration:
                return
        yield piece


async def each_async(caller: Caller, pieces: AsyncIterable[Any]) -> AsyncIterator[Any]:
    iterator = aiter(pieces)
    while True:
        with asked_by(caller):
            try:
                piece = await anext(iterator)
            except StopAsyncIteration:
                return
        yield piece
