"""Two lists taken as sets."""

from training.corpus.exact import Numeric
from training.corpus.family import Family
from training.corpus.values import Numbers, Words

A = Numbers(1, 15, 3, 7, decimals=0, negatives=0, distinct=True)
W = Words(3, 5)
ONE = "a = {a}\nb = {b}\n"


def _common(a: list[Numeric], b: list[Numeric]) -> list[Numeric]:
    return [x for x in sorted(a) if b.count(x)]


def _missing(a: list[Numeric], b: list[Numeric]) -> list[Numeric]:
    return [x for x in sorted(a) if not b.count(x)]


FAMILIES = (
    Family(
        "intersection",
        "the numbers that are in both lists a and b, ascending, as a list",
        {"a": A, "b": A},
        "I take the common numbers.",
        ONE + "print(sorted(set(a) & set(b)))",
        _common,
        kind="sets",
        mistaken=("union",),
        weight=1.5,
    ),
    Family(
        "union",
        "the numbers that are in the list a or b or both, each once, ascending, as a list",
        {"a": A, "b": A},
        "I take the numbers of both.",
        ONE + "print(sorted(set(a) | set(b)))",
        lambda a, b: sorted(_missing(a, b) + b),
        kind="sets",
        mistaken=("intersection",),
        weight=1.2,
    ),
    Family(
        "set_difference",
        "the numbers that are in the list a but not in b, ascending, as a list",
        {"a": A, "b": A},
        "I take the numbers that are only in the first.",
        ONE + "print(sorted(set(a) - set(b)))",
        _missing,
        kind="sets",
        mistaken=("intersection",),
        weight=1.2,
    ),
    Family(
        "symmetric_difference",
        "the numbers that are in exactly one of the lists a and b, ascending, as a list",
        {"a": A, "b": A},
        "I take the numbers that are in only one.",
        ONE + "print(sorted(set(a) ^ set(b)))",
        lambda a, b: sorted(_missing(a, b) + _missing(b, a)),
        kind="sets",
        weight=0.8,
    ),
    Family(
        "count_common",
        "how many numbers the lists a and b have in common",
        {"a": A, "b": A},
        "I count the common numbers.",
        ONE + "print(len(set(a) & set(b)))",
        lambda a, b: len(_common(a, b)),
        kind="sets",
        weight=0.8,
    ),
    Family(
        "is_subset",
        "whether all numbers of the list a are in the list b (True or False)",
        {
            "a": Numbers(1, 9, 2, 3, decimals=0, negatives=0, distinct=True),
            "b": Numbers(1, 9, 4, 8, decimals=0, negatives=0, distinct=True),
        },
        "I check whether the second contains the first.",
        ONE + "print(set(a) <= set(b))",
        lambda a, b: not _missing(a, b),
        kind="sets",
        weight=0.8,
    ),
    Family(
        "are_disjoint",
        "whether the lists a and b have no number in common (True or False)",
        {"a": A, "b": A},
        "I check whether they have nothing in common.",
        ONE + "print(not set(a) & set(b))",
        lambda a, b: all(x not in b for x in a),
        kind="sets",
        weight=0.6,
    ),
    Family(
        "same_elements",
        "whether the lists a and b hold the same numbers in any order (True or False)",
        {"a": Numbers(1, 4, 3, 3, decimals=0, negatives=0), "b": Numbers(1, 4, 3, 3, decimals=0, negatives=0)},
        "I compare the sorted lists.",
        ONE + "print(sorted(a) == sorted(b))",
        lambda a, b: all(a.count(x) == b.count(x) for x in a + b),
        weight=0.6,
    ),
    Family(
        "common_words",
        "the words that are in both lists a and b, in alphabetical order, as a list",
        {"a": W, "b": W},
        "I take the common words.",
        ONE + "print(sorted(set(a) & set(b)))",
        lambda a, b: [x for x in sorted(a) if x in b],
        kind="sets",
        weight=0.8,
    ),
    Family(
        "all_words",
        "the words of both lists a and b, each once, in alphabetical order, as a list",
        {"a": W, "b": W},
        "I take the words of both.",
        ONE + "print(sorted(set(a) | set(b)))",
        lambda a, b: sorted([x for x in a if x not in b] + b),
        kind="sets",
        weight=0.6,
    ),
    Family(
        "cartesian",
        "all pairs of one number from the list a and one from b (a's order first), as a list of pairs",
        {
            "a": Numbers(1, 9, 2, 3, decimals=0, negatives=0, distinct=True),
            "b": Numbers(1, 9, 2, 3, decimals=0, negatives=0, distinct=True),
        },
        "I form all pairs.",
        "from itertools import product\n" + ONE + "print(list(product(a, b)))",
        lambda a, b: [(x, y) for x in a for y in b],
        kind="sets",
        weight=0.6,
    ),
    Family(
        "subsets_of_size_two",
        "all pairs of different numbers from the list items in its order, as a list of pairs",
        {"items": Numbers(1, 20, 3, 5, decimals=0, negatives=0, distinct=True)},
        "I form all pairs of the list.",
        "from itertools import combinations\nnums = {items}\nprint(list(combinations(nums, 2)))",
        lambda items: [(items[i], items[j]) for i in range(len(items)) for j in range(i + 1, len(items))],
        shown=True,
    ),
    Family(
        "interleave",
        "the lists a and b (equally long) mixed: first of a, first of b, second of a, …, as a list",
        {"a": Numbers(1, 30, 2, 4, decimals=0, negatives=0), "b": Numbers(1, 30, 2, 4, decimals=0, negatives=0)},
        "I take the numbers of both in turn.",
        ONE + "print([x for pair in zip(a, b) for x in pair])",
        lambda a, b: [(a, b)[k % 2][k // 2] for k in range(2 * len(a))],
        where=lambda a, b: len(a) == len(b),
        held_out=True,
    ),
)
