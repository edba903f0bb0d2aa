import asyncio
from typing import Any

import pytest

from app.capacity import Capacity, ClientGoneError, QueueFullError, Slots

pytestmark = pytest.mark.anyio


async def stays() -> Any:
    """The receive of a client that never leaves."""
    await asyncio.Event().wait()


async def leaves() -> Any:
    return {"type": "http.disconnect"}


async def test_slots_are_given_out_in_the_order_of_asking() -> None:
    slots, served = Slots(workers=1, queue_limit=10), []

    async def visit(name: int) -> None:
        await slots.acquire(stays)
        served.append(name)
        await asyncio.sleep(0.001)
        slots.release()

    async with asyncio.TaskGroup() as visitors:
        for name in range(8):
            visitors.create_task(visit(name))
    assert served == list(range(8))
    assert slots.waiting == 0


async def test_nobody_waits_in_a_full_queue() -> None:
    slots = Slots(workers=1, queue_limit=1)
    await slots.acquire(stays)
    waiting = asyncio.create_task(slots.acquire(stays))
    await asyncio.sleep(0)
    with pytest.raises(QueueFullError):
        await slots.acquire(stays)

    slots.release()
    await waiting


async def test_a_client_that_leaves_gives_its_place_to_the_next() -> None:
    slots = Slots(workers=1, queue_limit=2)
    await slots.acquire(stays)
    with pytest.raises(ClientGoneError):
        await slots.acquire(leaves)
    assert slots.waiting == 0

    next_one = asyncio.create_task(slots.acquire(stays))
    await asyncio.sleep(0)
    slots.release()
    await next_one


async def test_a_cancelled_request_takes_no_slot_with_it() -> None:
    slots = Slots(workers=1, queue_limit=2)
    await slots.acquire(stays)
    cancelled = asyncio.create_task(slots.acquire(stays))
    await asyncio.sleep(0)
    slots.release()  # its turn comes in the same moment
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    await asyncio.wait_for(slots.acquire(stays), 1)


async def test_a_slot_is_free_again_after_an_error() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    capacity = Capacity(broken, workers=1, service_seconds=0, queue_limit=0, free_paths=())
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await capacity({"type": "http", "path": "/"}, stays, lambda message: asyncio.sleep(0))
