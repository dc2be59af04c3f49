"""Statistics of a list of numbers."""

import math
from collections import Counter
from fractions import Fraction

from training.corpus.exact import Numeric, exact, insertion_sorted, like, mean, total
from training.corpus.family import Check, Family
from training.corpus.values import Numbers

L = Numbers()


def _near(answer: Fraction) -> Check:
    """The output is this number, but for the last places of a float."""
    return lambda output: math.isclose(float(output), float(answer), rel_tol=1e-9, abs_tol=1e-12)


def _rounded(answer: float, places: int = 2) -> Check:
    """The output is this number rounded; a tie may fall to either side."""
    return lambda output: abs(float(output) - answer) <= 0.5 * 10**-places + 1e-9


def _variance(items: list[Numeric], less: int) -> float:
    middle = mean(items)
    return float(sum((exact(x) - middle) ** 2 for x in items) / (len(items) - less))


def _median(items: list[Numeric]) -> Check:
    ordered = insertion_sorted(items)
    return _near((exact(ordered[len(items) // 2]) + exact(ordered[~(len(items) // 2)])) / 2)


def _spread(items: list[Numeric]) -> Numeric:
    ordered = insertion_sorted(items)
    return like(items, exact(ordered[-1]) - exact(ordered[0]))


def _mode(items: list[Numeric]) -> Numeric:
    return Counter(items).most_common(1)[0][0]


def _has_one_mode(items: list[Numeric]) -> bool:
    counts = sorted(Counter(items).values())
    return counts[-1] > 1 and (len(counts) == 1 or counts[-1] > counts[-2])


def _weighted(a: list[Numeric], w: list[Numeric]) -> Check:
    parts = [exact(x) * exact(y) for x, y in zip(a, w, strict=True)]
    return _near(sum(parts, Fraction(0)) / sum(map(exact, w), Fraction(0)))


FAMILIES = (
    Family(
        "average",
        "the average (arithmetic mean) of the list items",
        {"items": L},
        "I divide the sum by the count.",
        "nums = {items}\nprint(sum(nums) / len(nums))",
        lambda items: _near(mean(items)),
        kind="numbers",
        mistaken=("sum", "median"),
        weight=6,
    ),
    Family(
        "average_rounded",
        "the average of the list items rounded to two decimals (the message asks for the rounding)",
        {"items": L},
        "I divide the sum by the count and round.",
        "nums = {items}\nprint(round(sum(nums) / len(nums), 2))",
        lambda items: _rounded(float(mean(items))),
        kind="numbers",
        weight=0.8,
    ),
    Family(
        "median",
        "the median of the list items (the middle one after sorting)",
        {"items": L},
        "I take the median.",
        "import statistics\nnums = {items}\nprint(statistics.median(nums))",
        _median,
        kind="numbers",
        mistaken=("average",),
        weight=2.5,
    ),
    Family(
        "mode",
        "the value that occurs most often in the list items (there is exactly one)",
        {"items": Numbers(0, 12, 4, 10, repeats=1.0)},
        "I take the most frequent number.",
        "import statistics\nnums = {items}\nprint(statistics.mode(nums))",
        _mode,
        where=_has_one_mode,
        kind="numbers",
        weight=2,
    ),
    Family(
        "value_range",
        "the largest minus the smallest number of the list items (range, spread)",
        {"items": L},
        "I subtract the smallest number from the largest.",
        "nums = {items}\nprint(max(nums) - min(nums))",
        _spread,
        decimal_program="nums = {items}\nprint(round(max(nums) - min(nums), 10))",
        kind="numbers",
        weight=1.5,
    ),
    Family(
        "standard_deviation",
        "the sample standard deviation of the list items, rounded to two decimals",
        {"items": Numbers(shortest=3)},
        "I take the standard deviation.",
        "import statistics\nnums = {items}\nprint(round(statistics.stdev(nums), 2))",
        lambda items: _rounded(math.sqrt(_variance(items, 1))),
        kind="numbers",
        weight=1.3,
    ),
    Family(
        "variance",
        "the sample variance of the list items, rounded to two decimals",
        {"items": Numbers(shortest=3)},
        "I take the variance.",
        "import statistics\nnums = {items}\nprint(round(statistics.variance(nums), 2))",
        lambda items: _rounded(_variance(items, 1)),
        kind="numbers",
        mistaken=("standard_deviation",),
    ),
    Family(
        "population_deviation",
        "the population standard deviation of the list items, rounded to two decimals (the message says population)",
        {"items": Numbers(shortest=3)},
        "I take the population standard deviation.",
        "import statistics\nnums = {items}\nprint(round(statistics.pstdev(nums), 2))",
        lambda items: _rounded(math.sqrt(_variance(items, 0))),
        kind="numbers",
        weight=0.4,
    ),
    Family(
        "sum_of_squares",
        "the sum of the squares of the numbers in the list items",
        {"items": Numbers(0, 20, decimals=0)},
        "I add up the squares.",
        "nums = {items}\nnums = [n ** 2 for n in nums]\nprint(sum(nums))",
        lambda items: total([x * x for x in items]),
        kind="numbers",
    ),
    Family(
        "geometric_mean",
        "the geometric mean of the list items of positive numbers, rounded to two decimals",
        {"items": Numbers(1, 50, 2, 5, decimals=0, negatives=0)},
        "I take the geometric mean.",
        "import statistics\nnums = {items}\nprint(round(statistics.geometric_mean(nums), 2))",
        lambda items: _rounded(math.exp(math.fsum(map(math.log, items)) / len(items))),
        kind="numbers",
        weight=0.5,
    ),
    Family(
        "harmonic_mean",
        "the harmonic mean of the list items of positive numbers, rounded to two decimals",
        {"items": Numbers(1, 50, 2, 5, decimals=0, negatives=0)},
        "I take the harmonic mean.",
        "import statistics\nnums = {items}\nprint(round(statistics.harmonic_mean(nums), 2))",
        lambda items: _rounded(float(len(items) / sum(Fraction(1, x) for x in items))),
        kind="numbers",
        weight=0.4,
    ),
    Family(
        "count_above_average",
        "how many numbers of the list items are above their average",
        {"items": Numbers(shortest=3, decimals=0)},
        "I count the numbers above the average.",
        "nums = {items}\naverage = sum(nums) / len(nums)\nnums = [n for n in nums if n > average]\nprint(len(nums))",
        lambda items: sum(1 for x in items if x > mean(items)),
        kind="numbers",
        weight=0.8,
    ),
    Family(
        "above_average",
        "the numbers of the list items that are above their average, in their order",
        {"items": Numbers(shortest=3, decimals=0)},
        "I keep the numbers above the average.",
        "nums = {items}\naverage = sum(nums) / len(nums)\nnums = [n for n in nums if n > average]\nprint(nums)",
        lambda items: [x for x in items if x > mean(items)],
        kind="numbers",
        weight=0.8,
    ),
    Family(
        "average_without_lowest",
        "the average of the list items after its one lowest number was dropped",
        {"items": Numbers(shortest=3, decimals=0, distinct=True)},
        "I drop the lowest number and average the others.",
        "nums = sorted({items})[1:]\nprint(sum(nums) / len(nums))",
        lambda items: _near(mean(insertion_sorted(items)[1:])),
        kind="numbers",
        weight=0.7,
    ),
    Family(
        "average_without_highest",
        "the average of the list items after its one highest number was dropped",
        {"items": Numbers(shortest=3, decimals=0, distinct=True)},
        "I drop the highest number and average the others.",
        "nums = sorted({items})[:-1]\nprint(sum(nums) / len(nums))",
        lambda items: _near(mean(insertion_sorted(items)[:-1])),
        kind="numbers",
        weight=0.7,
        mistaken=("average_without_lowest",),
    ),
    Family(
        "sum_without_extremes",
        "the sum of the list items after its largest and its smallest number were dropped",
        {"items": Numbers(shortest=4, decimals=0, distinct=True)},
        "I drop the two extremes and add up the others.",
        "nums = sorted({items})[1:-1]\nprint(sum(nums))",
        lambda items: total(items) - max(items) - min(items),
        kind="numbers",
        weight=0.5,
    ),
    Family(
        "frequencies",
        "how often each value occurs in the list items, as a dictionary in order of first appearance",
        {"items": Numbers(0, 9, 4, 10, repeats=0.9, decimals=0)},
        "I count every number.",
        "from collections import Counter\nnums = {items}\nprint(dict(Counter(nums)))",
        lambda items: {x: items.count(x) for x in items},
        kind="numbers",
    ),
    Family(
        "summary",
        "smallest, largest and average of the list items, printed in this order",
        {"items": Numbers(decimals=0)},
        "I take the smallest, the largest and the average.",
        "nums = {items}\nprint(min(nums), max(nums), sum(nums) / len(nums))",
        lambda items: f"{insertion_sorted(items)[0]} {insertion_sorted(items)[-1]} {float(mean(items))}",
        kind="numbers",
        weight=0.5,
    ),
    Family(
        "weighted_average",
        "the average of the values a with the weights w (lists of equal length)",
        {"a": Numbers(longest=4, decimals=0, negatives=0), "w": Numbers(1, 9, longest=4, decimals=0, negatives=0)},
        "I divide the weighted sum by the weights.",
        "a = {a}\nw = {w}\nprint(sum(x * y for x, y in zip(a, w)) / sum(w))",
        _weighted,
        where=lambda a, w: len(a) == len(w),
        weight=0.6,
    ),
    Family(
        "midrange",
        "the midrange of the list items: halfway between its smallest and largest number",
        {"items": Numbers(decimals=0)},
        "I take the middle of the extremes.",
        "nums = {items}\nprint((min(nums) + max(nums)) / 2)",
        lambda items: _near(exact(max(items) + min(items)) / 2),
        shown=True,
    ),
    Family(
        "mean_deviation",
        "the mean absolute deviation of the list items from its average, rounded to two decimals",
        {"items": Numbers(shortest=3, decimals=0)},
        "I average the distances from the average.",
        "nums = {items}\naverage = sum(nums) / len(nums)\n"
        "print(round(sum(abs(n - average) for n in nums) / len(nums), 2))",
        lambda items: _rounded(float(sum(abs(exact(x) - mean(items)) for x in items) / len(items))),
        held_out=True,
    ),
)
