"""The building blocks of compositions: sources, filters, changes and operations, each declared apart."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from training.corpus.exact import fibonacci, insertion_sorted, prime_set, sieve
from training.corpus.family import Check
from training.corpus.programs import COUNTING, FIRST_FIBONACCI, FIRST_PRIMES, IS_PRIME
from training.corpus.values import Int, Numbers, Slot

NUMBERS = Numbers(0, 100, 3, 10, decimals=0, negatives=0.1)
COUNT = Int(2, 20)


@dataclass(frozen=True)
class Source:
    """Where numbers come from: slots, the line of the program, the numbers themselves."""

    name: str
    slots: Mapping[str, Slot]
    program: str
    numbers: Callable[..., list[int]]
    needs: str = ""
    where: Callable[..., bool] | None = None


@dataclass(frozen=True)
class Filter:
    """Which numbers stay. `adjective` stands before the noun; without one there are phrases behind it."""

    name: str
    condition: str = ""
    keeps: Callable[[int, int], bool] = lambda n, k: True
    slot: Slot | None = None
    adjective: str = ""
    needs: str = ""
    sources: tuple[str, ...] = ("range", "upto", "list")


@dataclass(frozen=True)
class Change:
    """What each number becomes."""

    name: str
    expression: str = "n"
    apply: Callable[[int], int] = lambda n: n


@dataclass(frozen=True)
class Operation:
    """What is made of the numbers; `least` is how many it needs."""

    name: str
    thought: str
    program: str
    value: Callable[[list[int]], object]
    needs: str = ""
    least: int = 1


def _near(answer: Fraction) -> Check:
    return lambda output: math.isclose(float(output), float(answer), rel_tol=1e-9)


def _median(numbers: list[int]) -> Check:
    ordered = insertion_sorted(numbers)
    return _near(Fraction(int(ordered[len(ordered) // 2]) + int(ordered[~(len(ordered) // 2)]), 2))


def _product(numbers: list[int]) -> int:
    answer = 1
    for number in numbers:
        answer *= number
    return answer


def _digit_sum(n: int) -> int:
    answer = 0
    while n:
        n, digit = divmod(n, 10)
        answer += digit
    return answer


SOURCES = (
    Source(
        "range",
        {"a": Int(1, 60), "b": Int(4, 150)},
        "nums = list(range({a}, {b} + 1))",
        lambda a, b: [a + k for k in range(b - a + 1)],
        where=lambda a, b: 2 < b - a < 120,
    ),
    Source("upto", {"n": Int(4, 100)}, "nums = list(range(1, {n} + 1))", lambda n: [1 + k for k in range(n)]),
    Source("list", {"items": NUMBERS}, "nums = {items}", lambda items: list(items)),
    Source("first primes", {"n": COUNT}, FIRST_PRIMES.strip(), lambda n: list(sieve()[:n]), needs=COUNTING + IS_PRIME),
    Source(
        "first evens", {"n": COUNT}, "nums = list(range(2, 2 * {n} + 1, 2))", lambda n: [2 * k + 2 for k in range(n)]
    ),
    Source("first odds", {"n": COUNT}, "nums = list(range(1, 2 * {n}, 2))", lambda n: [2 * k + 1 for k in range(n)]),
    Source(
        "first squares",
        {"n": COUNT},
        "nums = [k ** 2 for k in range(1, {n} + 1)]",
        lambda n: [(k + 1) * (k + 1) for k in range(n)],
    ),
    Source(
        "first cubes",
        {"n": COUNT},
        "nums = [k ** 3 for k in range(1, {n} + 1)]",
        lambda n: [(k + 1) * (k + 1) * (k + 1) for k in range(n)],
    ),
    Source("first fibonacci", {"n": Int(3, 20)}, FIRST_FIBONACCI.strip(), fibonacci),
    Source(
        "first multiples",
        {"n": COUNT, "k": Int(2, 20)},
        "nums = [{k} * i for i in range(1, {n} + 1)]",
        lambda n, k: [k + k * i for i in range(n)],
    ),
    Source("first naturals", {"n": Int(2, 100)}, "nums = list(range(1, {n} + 1))", lambda n: [1 + k for k in range(n)]),
)

FILTERS = (
    Filter("none", sources=tuple(source.name for source in SOURCES)),
    Filter("even", "n % 2 == 0", lambda n, k: str(n)[-1] in "02468", adjective="even"),
    Filter("odd", "n % 2 == 1", lambda n, k: str(n)[-1] in "13579", adjective="odd"),
    Filter("prime", "is_prime(n)", lambda n, k: n in prime_set(), adjective="prime", needs=IS_PRIME),
    Filter("divisible", "n % {k} == 0", lambda n, k: k * (n // k) == n, slot=Int(3, 12)),
    Filter("indivisible", "n % {k} != 0", lambda n, k: k * (n // k) != n, slot=Int(2, 7)),
    Filter("greater", "n > {k}", lambda n, k: not n <= k, slot=Int(3, 60), sources=("list",)),
    Filter("less", "n < {k}", lambda n, k: not n >= k, slot=Int(10, 80), sources=("list",)),
    Filter("ending", "n % 10 == {k}", lambda n, k: str(n)[-1] == str(k) and n >= 0, slot=Int(0, 9)),
    Filter("positive", "n > 0", lambda n, k: n != 0 and str(n)[0] != "-", adjective="positive", sources=("list",)),
    Filter("negative", "n < 0", lambda n, k: str(n)[0] == "-", adjective="negative", sources=("list",)),
)

CHANGES = (
    Change("none"),
    Change("squares", "n ** 2", lambda n: n * n),
    Change("cubes", "n ** 3", lambda n: n * n * n),
    Change("doubles", "n * 2", lambda n: n + n),
    Change("digit sums", "sum(int(d) for d in str(n))", _digit_sum),
)

OPERATIONS = (
    Operation("sum", "I add up the numbers.", "print(sum(nums))", lambda nums: int(sum(map(Fraction, nums)))),
    Operation("product", "I multiply the numbers.", "print(math.prod(nums))", _product, needs="import math\n", least=2),
    Operation("count", "I count the numbers.", "print(len(nums))", lambda nums: sum(1 for _ in nums), least=0),
    Operation(
        "average",
        "I divide the sum by the count.",
        "print(sum(nums) / len(nums))",
        lambda nums: _near(Fraction(sum(nums), len(nums))),
    ),
    Operation("maximum", "I take the largest number.", "print(max(nums))", lambda nums: insertion_sorted(nums)[-1]),
    Operation("minimum", "I take the smallest number.", "print(min(nums))", lambda nums: insertion_sorted(nums)[0]),
    Operation(
        "median", "I take the median.", "print(statistics.median(nums))", _median, needs="import statistics\n", least=2
    ),
    Operation("list", "I list the numbers.", "print(nums)", lambda nums: nums, least=0),
    Operation(
        "reversed",
        "I list the numbers backwards.",
        "print(nums[::-1])",
        lambda nums: [nums[~k] for k in range(len(nums))],
    ),
    Operation(
        "descending",
        "I sort the numbers in descending order.",
        "print(sorted(nums, reverse=True))",
        lambda nums: insertion_sorted(nums)[::-1],
    ),
    Operation(
        "range",
        "I subtract the smallest number from the largest.",
        "print(max(nums) - min(nums))",
        lambda nums: int(insertion_sorted(nums)[-1] - insertion_sorted(nums)[0]),
        least=2,
    ),
)
