"""What a service's tasks are asked: the same in each round, so each question is written once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from urllib.parse import quote

from fastscale import names
from fastscale.plan import PulseScrape
from fastscale.ports import ReadRequest, Target
from fastscale.pulse.scrape.connection import Question
from fastscale.pulse.scrape.samples import read_samples

#: Questions to tasks that are gone are forgotten when there are so many times as many as tasks.
_KEPT = 4
#: What stays as it is in a path of the plan; anything else is escaped, so that it cannot end the line.
_PATH_CHARACTERS = "/?%&=:,;@+~!$'()*[]"


class Questions:
    """Those of one service."""

    def __init__(self) -> None:
        self._writer: _Writer | None = None
        self._written: dict[Target, Question] = {}

    def to(
        self, targets: Iterable[Target], request: ReadRequest, *, anew: Collection[Target] = ()
    ) -> dict[Target, Question]:
        """One to each of ``targets``, in their order, to those of ``anew`` over a new connection."""
        write, written = self._for(request)
        questions = {}
        for target in targets:
            question = written.get(target)
            if question is None:
                question = written[target] = write(target)
            questions[target] = question._replace(anew=True) if target in anew else question
        return questions

    def _for(self, request: ReadRequest) -> tuple[_Writer, dict[Target, Question]]:
        asks = (request.scrape, request.published_for_seconds)
        if self._writer is None or self._writer.asks != asks or len(self._written) > _KEPT * len(request.targets):
            self._writer, self._written = _Writer(*asks), {}
        return self._writer, self._written


class _Writer:
    """Writes questions that promise to publish for so many seconds; None promises nothing."""

    def __init__(self, scrape: PulseScrape, published_for_seconds: int | None) -> None:
        self.asks = (scrape, published_for_seconds)
        self._scrape = scrape
        self._head = f"GET {quote(scrape.path, safe=_PATH_CHARACTERS)} HTTP/1.1\r\nHost: ".encode()
        self._tail = _fields(published_for_seconds)
        self._read = partial(read_samples, scrape=scrape)

    def __call__(self, target: Target) -> Question:
        port = target.port if self._scrape.port is None else self._scrape.port
        host = f"[{target.host}]" if ":" in target.host else target.host
        whole = b"%b%b:%d%b" % (self._head, host.encode(), port, self._tail)
        return Question(Target(target.host, port), whole, self._read, self._scrape.timeout_seconds)


def _fields(published_for_seconds: int | None) -> bytes:
    fields = ["", "Accept: text/plain;version=0.0.4", "User-Agent: fastscale-pulse"]
    if published_for_seconds is not None:
        fields.append(f"{names.PUBLISHED_FOR_HEADER}: {published_for_seconds}")
    return "\r\n".join([*fields, "", ""]).encode()
