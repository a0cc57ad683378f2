"""Which jobs run one after the other and which side by side: a graph of waits as nested series and parallels.

A state machine joins branches only where a Parallel ends, so it can express exactly those orders that are nested
series and parallels: the graphs without an N (a before c, b before c and d, but not a before d). Any other graph needs
waits that nobody asked for. They are added where they make no longest chain longer and where they are fewest, one cut
after the other; `added_waits` tells them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_


@dataclass(frozen=True)
class Series:
    """Parts of which each begins when the one before it has ended."""

    parts: tuple["Part", ...]


@dataclass(frozen=True)
class Parallel:
    """Parts that run side by side."""

    parts: tuple["Part", ...]


Part = str | Series | Parallel


def arrange(after: Mapping[str, Collection[str]]) -> Part:
    """Arrange jobs as nested series and parallels.

    Parameters
    ----------
    after
        Every job with those that it waits for; without cycles.

    Returns
    -------
    Part
        Each job once, after all that it waits for. Jobs that nothing connects never wait for each other, an order
        without an N is kept exactly, and the longest chain of jobs is as long as in the graph.
    """
    return _Graph(after).arranged()


def find_cycles(after: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Find jobs that wait for themselves: for each group of them one cycle, a job before what it waits for."""
    cycles: list[list[str]] = []
    left = {job: [other for other in others if other in after] for job, others in after.items()}
    while True:
        # what waits for nothing that is left, and what nothing that is left waits for, is in no cycle
        waited_for = {other for others in left.values() for other in others}
        ends = {job for job, others in left.items() if not others or job not in waited_for}
        if not ends and not left:
            return cycles
        if not ends:
            path = [next(iter(left))]
            while path[-1] not in path[:-1]:
                path.append(left[path[-1]][0])
            cycle = path[path.index(path[-1]) : -1]
            cycles.append(cycle)
            ends = set(cycle)
        left = {
            job: [other for other in others if other not in ends] for job, others in left.items() if job not in ends
        }


def added_waits(after: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """Tell which waits the arrangement adds to the graph: pairs of a job and the one that it waits for in addition.

    Those that follow from others are left out.
    """
    asked = _Graph(after)
    arranged = _Graph(dict(_waits(arrange(after))))
    found = []
    for job, name in enumerate(arranged.names):
        other = asked.names.index(name)
        known = {asked.names[one] for one in _bits(asked.before[other])}
        direct = arranged.before[job]
        for one in _bits(arranged.before[job]):
            direct &= ~arranged.before[one]
        found += [(name, arranged.names[one]) for one in _bits(direct) if arranged.names[one] not in known]
    return sorted(found)


class _Graph:
    """The order of the jobs, as bit sets: bit i is the i-th job."""

    def __init__(self, after: Mapping[str, Collection[str]]) -> None:
        self.names = list(after)
        number = {name: index for index, name in enumerate(self.names)}
        direct = [sum(1 << number[other] for other in set(after[name])) for name in self.names]
        self.before = [0] * len(self.names)
        for job in self._sorted(direct):
            self.before[job] = reduce(or_, (self.before[one] | 1 << one for one in _bits(direct[job])), 0)
        self.behind = [
            sum(1 << other for other in range(len(self.names)) if self.before[other] >> job & 1)
            for job in range(len(self.names))
        ]

    def arranged(self) -> Part:
        return self._arrange((1 << len(self.names)) - 1)

    def _arrange(self, jobs: int) -> Part:
        members = list(_bits(jobs))
        if len(members) == 1:
            return self.names[members[0]]
        apart = _components(jobs, lambda job: self.before[job] | self.behind[job])
        if len(apart) > 1:
            return Parallel(tuple(self._arrange(one) for one in apart))
        # jobs of different components of the opposite graph are all ordered: that is a series
        in_turn = _components(jobs, lambda job: ~(self.before[job] | self.behind[job]))
        if len(in_turn) == 1:
            first = self._cut(jobs)
            in_turn = [first, jobs & ~first]
        in_turn.sort(key=lambda part: (self.before[next(_bits(part))] & jobs & ~part).bit_count())
        parts: list[Part] = []
        for part in map(self._arrange, in_turn):
            parts += part.parts if isinstance(part, Series) else [part]
        return Series(tuple(parts))

    def _cut(self, jobs: int) -> int:
        """Divide a graph with an N into what runs first and what waits for all of it.

        Of the cuts that leave the longest chain as long as it is, the one that adds the fewest waits: between the jobs
        that must be before the cut for that and those that may, with what each of the others waits for.
        """
        depth = {job: self._longest(jobs & self.before[job]) + 1 for job in _bits(jobs)}
        height = {job: self._longest(jobs & self.behind[job]) + 1 for job in _bits(jobs)}
        length = max(depth.values())
        cuts = set()
        for level in range(1, length):
            must = sum(1 << job for job, above in height.items() if above > length - level)
            may = sum(1 << job for job, below in depth.items() if below <= level)
            cuts |= {must, may, *(must | (self.before[job] & jobs) | 1 << job for job in _bits(may & ~must))}
        return min(cuts, key=lambda cut: (self._added(cut, jobs & ~cut), cut))

    def _added(self, first: int, rest: int) -> int:
        return sum((rest & ~self.behind[job]).bit_count() for job in _bits(first))

    def _longest(self, jobs: int) -> int:
        """Return how many jobs the longest chain has."""
        length = 0
        while jobs:
            jobs &= ~sum(1 << job for job in _bits(jobs) if not self.before[job] & jobs)
            length += 1
        return length

    @staticmethod
    def _sorted(direct: list[int]) -> Iterator[int]:
        """Yield the jobs, each after those that it waits for."""
        done = 0
        while done != (1 << len(direct)) - 1:
            ready = [job for job, others in enumerate(direct) if not done >> job & 1 and not others & ~done]
            if not ready:
                raise ValueError("the jobs wait for each other in a circle")
            yield from ready
            done |= sum(1 << job for job in ready)


def _components(jobs: int, neighbours: Callable[[int], int]) -> list[int]:
    """Return the connected parts of a graph, by their first job."""
    parts = []
    while jobs:
        part = new = jobs & -jobs
        while new:
            near = reduce(or_, (neighbours(job) for job in _bits(new)), 0) & jobs
            new = near & ~part
            part |= near
        parts.append(part)
        jobs &= ~part
    return parts


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _waits(part: Part, earlier: frozenset[str] = frozenset()) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each job of an arrangement with all that it waits for."""
    if isinstance(part, str):
        yield part, earlier
        return
    for one in part.parts:
        inside = list(_waits(one, earlier))
        yield from inside
        if isinstance(part, Series):
            earlier |= {job for job, _ in inside}
