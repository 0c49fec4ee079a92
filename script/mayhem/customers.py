"""What customers do: they upload, submit, and retry what failed."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from plans import Plan
from world import World

# Pages of one economy batch.
FEW = 16


@dataclass
class Order:
    """One batch and the key it came with."""

    key: str
    batch: str

    def submit(self, world: World) -> None:
        world.call(self.key, f"batches/{self.batch}/submit")


def order(world: World, plan: Plan) -> tuple[list[Order], list[Order]]:
    """A large batch, a small one of somebody else, and others that can wait, to be submitted one by one."""
    small = max(10, plan.pages // 16)
    cheap = plan.pages // plan.economy if plan.economy else 0
    few = max(FEW, cheap // 20)
    with ThreadPoolExecutor() as pool:
        large = pool.submit(upload, world, plan, "large", plan.pages - small - cheap)
        others = pool.submit(upload, world, plan, "small", small)
        frugal = pool.submit(upload_cheap, world, plan, cheap, few) if cheap else None
        return [large.result(), others.result()], frugal.result() if frugal else []


def join(world: World, plan: Plan, name: str) -> tuple[str, str]:
    """The id and the key of a new project."""
    settings = {"default_concurrency": plan.window * 2, "review_mode": "auto", "max_pages_per_batch": 20_000}
    made = world.manage(
        "create_project", "--email", f"{name}@chaos.test", "--domain", f"{name}.test",
        "--project-settings", json.dumps(settings),
    )  # fmt: skip
    project = json.loads(made.splitlines()[-1])
    return project["project_id"], project["api_key"]


def upload(world: World, plan: Plan, name: str, pages: int) -> Order:
    project, key = join(world, plan, name)
    return fill(world, project, key, "live", [line(name, number) for number in range(pages)])


def upload_cheap(world: World, plan: Plan, pages: int, few: int) -> list[Order]:
    project, key = join(world, plan, "frugal")
    lines = [line("frugal", number) for number in range(pages)]
    return [
        fill(world, project, key, "economy", lines[start : start + few]) for start in range(0, pages, few)
    ]


def fill(world: World, project: str, key: str, lane: str, lines: list[bytes]) -> Order:
    batch = world.call(key, f"projects/{project}/batches", json.dumps({"lane": lane}).encode())["batch_id"]
    for start in range(0, len(lines), 500):
        body = b"\n".join(lines[start : start + 500])
        answer = world.call(key, f"batches/{batch}/pages", body, "application/x-ndjson")
        assert answer["rejected"] == 0, answer["outcomes"][0]
    return Order(key, batch)


def retry_failed(world: World, orders: list[Order]) -> int:
    """Pages that a model talked nonsense to twice have failed by right; people would retry them."""
    failed = 0
    for made in orders:
        sql = "SELECT failed_count FROM batches_batch WHERE id = %s AND status <> 'cancelled'"
        count = world.rows(sql, made.batch)[0][0]
        if count:
            world.call(made.key, f"batches/{made.batch}/retry")
        failed += count
    return failed


def line(name: str, number: int) -> bytes:
    """A page whose texts are its own, so that no two prompts are alike."""
    content = f"We mend clocks and watches by post, whatever their age. Shop {number} of {name}."
    key = hashlib.sha256(b"\0" + content.encode()).hexdigest()[:16]
    block = {"id": f"b-{key[:10]}", "type": "p", "content": content, "region": "main", "key": key}
    head = {"title": f"Shop {number}", "metaDescription": ""}
    extraction = {"engine": "html", "head": head, "above_fold_blocks": [block], "rest_of_page_blocks": []}
    page = {"page_url": f"/{number}.html", "source_path": f"dist/{number}.html", "extraction": extraction}
    return json.dumps(page).encode()
