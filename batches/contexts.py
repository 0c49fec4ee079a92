"""What all pages of a batch share while an executor works on them."""

import time
from dataclasses import dataclass, field

from batches import briefs, calibration, engines, providers
from batches.calibration import Curve
from batches.families import Kin
from batches.gates import Gate
from batches.memory import Memory
from batches.models import Batch
from optimizer.types import Brief

NO_CURVE = Curve({})
# What people decide changes a curve slowly.
CURVE_S = 30.0


@dataclass(frozen=True, slots=True)
class Context:
    provider: providers.Provider
    choice: providers.Choice
    gate: Gate
    brief: Brief
    concurrency: int
    # Whether the project pays for a second call where the first is very slow.
    hedges: bool = False
    memory: Memory | None = None
    kin: Kin | None = None
    # What a score of the checks is worth in this project.
    curve: Curve = NO_CURVE
    loaded_at: float = field(default_factory=time.monotonic)


class Pool:
    """One provider, with its connections, and one gate for each key."""

    def __init__(self) -> None:
        self.providers: dict[providers.Choice, providers.Provider] = {}
        self.gates: dict[providers.Choice, Gate] = {}
        self.memories: dict[tuple[str, str], Memory] = {}
        self.kins: dict[str, Kin] = {}
        # With the moment until which each is good.
        self.curves: dict[str, tuple[float, Curve]] = {}

    def load(self, batch_id: str) -> Context:
        batch = Batch.objects.select_related("project").get(id=batch_id)
        choice = providers.choose(batch)
        if choice not in self.providers:
            self.providers[choice] = engines.make(choice)
            secret = f"{choice.base_url}\0{choice.api_key}\0{choice.model}"
            self.gates[choice] = Gate(secret, f"{providers.owner_of(choice, batch)}, {choice.model}")
        project = batch.project
        concurrency = max(1, int(project.setting("default_concurrency")))
        return Context(
            self.providers[choice],
            choice,
            self.gates[choice],
            briefs.of(batch),
            concurrency,
            hedges=bool(project.setting("hedge")),
            memory=self._memory(project.id, choice),
            kin=self.kins.setdefault(project.id, Kin(project.id)),
            curve=self._curve(project.id),
        )

    def _curve(self, project_id: str) -> Curve:
        until, curve = self.curves.get(project_id, (0.0, NO_CURVE))
        if time.monotonic() > until:
            curve = calibration.curve(project_id)
            self.curves[project_id] = (time.monotonic() + CURVE_S, curve)
        return curve

    def _memory(self, project_id: str, choice: providers.Choice) -> Memory | None:
        memory = self.memories.setdefault((project_id, choice.model), Memory(project_id, choice.model))
        memory.look()
        # What costs nothing need not be remembered; a person's words count all the same.
        return memory if choice.is_paid or memory.is_used else None

    async def aclose(self) -> None:
        for provider in self.providers.values():
            await provider.aclose()
