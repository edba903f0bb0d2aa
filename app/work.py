"""What `/load` and `/memory` do: bounded amounts of CPU work and of memory held for a while."""

from __future__ import annotations

import asyncio
import hashlib

MAX_INTENSITY = 10
#: Hash rounds per unit of intensity: about 10 ms of one core.
_ROUNDS_PER_UNIT = 50_000
_MEBIBYTE = 1024 * 1024
_PAGE = 4096


async def burn(intensity: int) -> None:
    """About 10 ms of CPU work per unit of ``intensity``, in a thread and without the interpreter lock.

    Health checks are therefore answered meanwhile.
    """
    await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", b"load", b"fastscale", _ROUNDS_PER_UNIT * intensity)


class HeldMemory:
    """Memory that is held for ``hold_seconds`` each time, never more than ``limit_mb`` MiB in total."""

    def __init__(self, limit_mb: int, hold_seconds: float) -> None:
        self.limit_mb = limit_mb
        self.hold_seconds = hold_seconds
        self.held_mb = 0

    def hold(self, mb: int) -> bool:
        """Hold ``mb`` MiB more; False when that would exceed the limit."""
        if self.held_mb + mb > self.limit_mb:
            return False
        block = bytearray(mb * _MEBIBYTE)
        block[::_PAGE] = b"\x01" * len(range(0, len(block), _PAGE))  # touched, or the kernel would not give it
        self.held_mb += mb
        asyncio.get_running_loop().call_later(self.hold_seconds, self._release, block)
        return True

    def _release(self, block: bytearray) -> None:
        self.held_mb -= len(block) // _MEBIBYTE
        block.clear()
