"""Which changes a page already carries, where equal blocks make an id alone ambiguous.

Once the first of two equal blocks is rewritten, the second one takes over its id. So the changes of equal
blocks are judged together: if the page shows, in order, what they would leave behind, they were made before.
"""

from collections.abc import Mapping

from optimizer.html.blocks import Block


def split_id(block_id: str) -> tuple[str, int]:
    """(id of the first of its equals, which of them it is, from 1)."""
    stem, _, number = block_id[2:].partition("-")
    return f"b-{stem}", int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1


def already_written(blocks: list[Block], wanted: Mapping[str, str]) -> set[str]:
    """The ids of `wanted` (id to new content) whose change must not be made again."""
    places: dict[tuple[str, str], list[int]] = {}
    first: dict[str, Block] = {}
    for order, block in enumerate(blocks):
        places.setdefault((block.attr, block.content), []).append(order)
        # The first of its equals has an id without a number.
        first.setdefault(block.id, block)
    groups: dict[str, dict[int, str]] = {}
    for block_id, content in wanted.items():
        stem, number = split_id(block_id)
        groups.setdefault(stem, {})[number] = content
    done = [stem for stem, news in groups.items() if stem not in first or _shows(first[stem], news, places)]
    # What a change that is done left behind is not the block another change was meant for.
    by_content = {first[stem].content: stem for stem in groups if stem in first}
    seen = set(done)
    while done:
        for content in groups[done.pop()].values():
            follower = by_content.get(content)
            if follower is not None and follower not in seen:
                seen.add(follower)
                done.append(follower)
    return {block_id for block_id in wanted if split_id(block_id)[0] in seen}


def _shows(block: Block, news: dict[int, str], places: dict[tuple[str, str], list[int]]) -> bool:
    """Whether the nth of old and new texts together is the nth new text, for each n."""
    merged = {order: block.content for order in places[block.attr, block.content]}
    for content in set(news.values()):
        merged |= dict.fromkeys(places.get((block.attr, content), []), content)
    texts = [merged[order] for order in sorted(merged)]
    return all(number <= len(texts) and texts[number - 1] == content for number, content in news.items())
