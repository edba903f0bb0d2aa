"""The strategies by name."""

from __future__ import annotations

from collections.abc import Iterable

from fastscale.errors import InputError
from fastscale.simulate.peers.clairvoyant import CLAIRVOYANT
from fastscale.simulate.peers.fast_autoscaler import FAST_AUTOSCALER
from fastscale.simulate.peers.fixed import FIXED
from fastscale.simulate.peers.hpa import HPA
from fastscale.simulate.peers.keda import KEDA
from fastscale.simulate.peers.knative import KNATIVE
from fastscale.simulate.peers.profiles import DEFAULT, PLAN, REFERENCE
from fastscale.simulate.peers.pulse import PULSE
from fastscale.simulate.peers.target_tracking import CPU_20, CPU_60, REQUESTS_60
from fastscale.simulate.strategy import Peer

PEERS: dict[str, Peer] = {
    peer.name: peer
    for peer in (
        PULSE,
        DEFAULT,
        REFERENCE,
        CPU_60,
        CPU_20,
        REQUESTS_60,
        KNATIVE,
        HPA,
        KEDA,
        FAST_AUTOSCALER,
        FIXED,
        CLAIRVOYANT,
    )
}


def choose(names: Iterable[str]) -> list[Peer]:
    """The strategies called ``names``, all of them when there is no name; ``plan`` is the plan itself.

    Raises InputError naming the ones that exist.
    """
    known = PEERS | {PLAN.name: PLAN}
    chosen = list(names) or list(PEERS)
    for name in chosen:
        if name not in known:
            raise InputError(f"unknown strategy {name!r}: choose from {', '.join(known)}")
    return [known[name] for name in chosen]
