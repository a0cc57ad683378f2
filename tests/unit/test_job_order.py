"""The arrangement of a graph of jobs: never too early, never twice, and as parallel as a state machine can be."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_glue_cdk_baseline.job_order import Parallel, Part, Series, added_waits, arrange, find_cycles

Graph = dict[str, list[str]]


@st.composite
def graphs(draw: st.DrawFn, most: int = 9) -> Graph:
    """Any graph without a cycle, its jobs in any order."""
    names = [f"J{number}" for number in range(draw(st.integers(1, most)))]
    graph = {
        name: draw(st.lists(st.sampled_from(names[:number]), unique=True)) if number else []
        for number, name in enumerate(names)
    }
    return {name: graph[name] for name in draw(st.permutations(names))}


@st.composite
def nested(draw: st.DrawFn) -> tuple[Graph, int]:
    """A graph that is made of series and parallels; and how many jobs it has."""
    counter = iter(range(1000))

    def build(depth: int) -> tuple[Graph, list[str]]:
        """Return a part and its last jobs."""
        kind = draw(st.sampled_from(["job", "series", "parallel"])) if depth else "job"
        if kind == "job":
            name = f"J{next(counter)}"
            return {name: []}, [name]
        parts = [build(depth - 1) for _ in range(draw(st.integers(2, 3)))]
        graph: Graph = {}
        ends: list[str] = []
        for part, last in parts:
            for name, others in part.items():
                graph[name] = others or (list(ends) if kind == "series" else [])
            ends = last if kind == "series" else [*ends, *last]
        return graph, ends

    graph, _ = build(3)
    return graph, len(graph)


def closure(graph: Graph) -> set[tuple[str, str]]:
    """Every pair of a job and one that it waits for, at once or through others."""
    found: set[tuple[str, str]] = set()

    def walk(job: str, at: str) -> None:
        for other in graph[at]:
            if (job, other) not in found:
                found.add((job, other))
                walk(job, other)

    for job in graph:
        walk(job, job)
    return found


def jobs_of(part: Part) -> list[str]:
    return [part] if isinstance(part, str) else [job for one in part.parts for job in jobs_of(one)]


def order_of(part: Part) -> set[tuple[str, str]]:
    """Every pair of a job and one that it waits for in an arrangement."""
    if isinstance(part, str):
        return set()
    found = {pair for one in part.parts for pair in order_of(one)}
    if isinstance(part, Series):
        for index, later in enumerate(part.parts):
            earlier = [job for one in part.parts[:index] for job in jobs_of(one)]
            found |= {(job, other) for job in jobs_of(later) for other in earlier}
    return found


def longest_chain(jobs: list[str], order: set[tuple[str, str]]) -> int:
    depth: dict[str, int] = {}
    left = set(jobs)
    while left:
        ready = {job for job in left if not any((job, other) in order for other in left)}
        depth |= dict.fromkeys(ready, max(depth.values(), default=0) + 1)
        left -= ready
    return max(depth.values())


def connected(graph: Graph) -> list[set[str]]:
    parts: list[set[str]] = []
    for job, others in graph.items():
        near = {job, *others}
        parts = [part for part in parts if not part & near] + [set().union(near, *(p for p in parts if p & near))]
    return parts


def has_n(graph: Graph) -> bool:
    """Whether four jobs stand like an N: c waits for a and b, d for b only, and nothing else connects them."""
    order = closure(graph)

    def apart(one: str, other: str) -> bool:
        return (one, other) not in order and (other, one) not in order

    return any(
        {(c, a), (c, b), (d, b)} <= order and apart(a, b) and apart(c, d) and apart(a, d)
        for a, b, c, d in permutations(graph, 4)
    )


thorough = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@thorough
@given(graphs())
def test_every_job_runs_once_and_after_all_that_it_waits_for(graph: Graph):
    part = arrange(graph)
    assert sorted(jobs_of(part)) == sorted(graph)
    assert order_of(part) >= closure(graph)


@thorough
@given(nested())
def test_a_graph_of_series_and_parallels_is_kept_exactly(made: tuple[Graph, int]):
    graph, _ = made
    assert order_of(arrange(graph)) == closure(graph)
    assert added_waits(graph) == []


@thorough
@given(graphs(most=7))
def test_waits_are_added_only_where_there_is_an_n(graph: Graph):
    assert (order_of(arrange(graph)) == closure(graph)) == (not has_n(graph))


@thorough
@given(graphs())
def test_the_longest_chain_grows_no_longer(graph: Graph):
    assert longest_chain(list(graph), order_of(arrange(graph))) == longest_chain(list(graph), closure(graph))


@thorough
@given(graphs())
def test_jobs_that_nothing_connects_never_wait_for_each_other(graph: Graph):
    for job, other in order_of(arrange(graph)):
        assert any({job, other} <= part for part in connected(graph)), f"{job} waits for {other}"


@thorough
@given(graphs())
def test_the_waits_that_are_told_are_what_the_arrangement_adds(graph: Graph):
    with_them = {job: [*others, *(o for j, o in added_waits(graph) if j == job)] for job, others in graph.items()}
    assert closure(with_them) == order_of(arrange(graph))


def test_parts_are_neither_nested_needlessly_nor_out_of_the_files_order():
    graph = {"A": [], "B": ["A"], "C": ["A"], "D": ["B", "C"], "E": ["D"], "Alone": []}
    diamond = Series(("A", Parallel(("B", "C")), "D", "E"))
    assert arrange(graph) == Parallel((diamond, "Alone"))


def test_an_n_is_cut_where_no_chain_gets_longer():
    graph = {"A": [], "B": [], "C": ["A", "B"], "D": ["B"]}
    assert arrange(graph) == Series((Parallel(("A", "B")), Parallel(("C", "D"))))
    assert added_waits(graph) == [("D", "A")]


def test_only_the_part_with_an_n_is_cut():
    """Behind an N, and beside it, everything stays as it was asked for."""
    graph = {"A": [], "B": [], "C": ["A", "B"], "D": ["B"], "E": ["C"], "F": ["D"], "X": [], "Y": ["X"]}
    assert added_waits(graph) == [("D", "A")]
    assert Series(("X", "Y")) in getattr(arrange(graph), "parts", ())


@pytest.mark.parametrize(
    ("graph", "cycles"),
    [
        ({"A": ["A"]}, [["A"]]),
        ({"A": ["B"], "B": ["A"], "C": ["A"]}, [["A", "B"]]),
        ({"A": [], "B": ["A", "D"], "C": ["B"], "D": ["C"], "E": ["D"]}, [["B", "D", "C"]]),
        ({"A": ["B"], "B": ["A"], "C": ["D"], "D": ["C"]}, [["A", "B"], ["C", "D"]]),
        ({"A": [], "B": ["A", "unknown"]}, []),
    ],
)
def test_cycles_are_found(graph: Graph, cycles: list[list[str]]):
    assert find_cycles(graph) == cycles


@thorough
@given(graphs())
def test_a_graph_without_a_cycle_has_none(graph: Graph):
    assert find_cycles(graph) == []
