"""Sequences: counting, multiples, Fibonacci, squares, progressions."""

from random import Random

from training.corpus.exact import fibonacci
from training.corpus.family import Family
from training.corpus.programs import FIRST_FIBONACCI, KEEP_EVEN, KEEP_ODD
from training.corpus.values import Drawer, Drawn, Int, Taste


def _steps(start: int, step: int, count: int) -> list[int]:
    numbers, value = [], start
    for _ in range(count):
        numbers.append(value)
        value += step
    return numbers


def _fizzbuzz(n: int) -> str:
    def say(k: int) -> str:
        return "FizzBuzz" if not k % 15 else "Fizz" if not k % 3 else "Buzz" if not k % 5 else str(k)

    return "\n".join(map(say, range(1, n + 1)))


def _powers(base: int, count: int) -> list[int]:
    numbers = [base]
    while len(numbers) < count:
        numbers.append(numbers[-1] * base)
    return numbers


def _equal_steps(rng: Random, taste: Taste, drawn: Drawn) -> list[int]:
    return _steps(rng.randint(0, 40), rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, -2, -3)), rng.randint(3, 6))


def _progression(rng: Random, taste: Taste, drawn: Drawn) -> list[int]:
    return (_equal_steps if rng.random() < 0.65 else _equal_ratios)(rng, taste, drawn)


def _equal_ratios(rng: Random, taste: Taste, drawn: Drawn) -> list[int]:
    first, ratio = rng.randint(1, 7), rng.choice((2, 2, 3, 4, 5, 10))
    return [first * ratio**k for k in range(rng.randint(3, 5))]


def _write_numbers(rng: Random, value: list[int]) -> str:
    return ", ".join(map(str, value))


FAMILIES = (
    Family(
        "count_up",
        "the numbers 1, 2, … n, as a list",
        {"n": Int(2, 50)},
        "I count up.",
        "nums = list(range(1, {n} + 1))\nprint(nums)",
        lambda n: _steps(1, 1, n),
        mistaken=("count_down",),
    ),
    Family(
        "count_down",
        "the numbers n, n - 1, … 1, as a list",
        {"n": Int(2, 50)},
        "I count down.",
        "nums = list(range({n}, 0, -1))\nprint(nums)",
        lambda n: _steps(n, -1, n),
        mistaken=("count_up",),
    ),
    Family(
        "range_between",
        "all whole numbers from a to b, both included, as a list",
        {"a": Int(-5, 90), "b": Int(3, 120)},
        "I list the numbers between the two.",
        "nums = list(range({a}, {b} + 1))\nprint(nums)",
        lambda a, b: _steps(a, 1, b - a + 1),
        where=lambda a, b: 2 <= b - a <= 40,
        kind="two",
    ),
    Family(
        "range_step",
        "every s-th number from a up to b (a, a + s, … not beyond b), as a list",
        {"a": Int(0, 50), "b": Int(10, 200), "s": Int(2, 12)},
        "I count in steps.",
        "nums = list(range({a}, {b} + 1, {s}))\nprint(nums)",
        lambda a, b, s: _steps(a, s, (b - a) // s + 1),
        where=lambda a, b, s: 2 <= (b - a) // s <= 30,
    ),
    Family(
        "evens_first",
        "the first n even numbers, from 2, as a list",
        {"n": Int(1, 30)},
        "I list the first even numbers.",
        "nums = list(range(2, 2 * {n} + 1, 2))\nprint(nums)",
        lambda n: _steps(2, 2, n),
        mistaken=("evens_upto",),
    ),
    Family(
        "odds_first",
        "the first n odd numbers, from 1, as a list",
        {"n": Int(1, 30)},
        "I list the first odd numbers.",
        "nums = list(range(1, 2 * {n}, 2))\nprint(nums)",
        lambda n: _steps(1, 2, n),
        mistaken=("odds_upto",),
    ),
    Family(
        "evens_upto",
        "all even numbers from 2 up to n (n included if even), as a list",
        {"n": Int(2, 60)},
        "I list the even numbers up to the limit.",
        "nums = list(range(1, {n} + 1))\n" + KEEP_EVEN + "print(nums)",
        lambda n: _steps(2, 2, n // 2),
        mistaken=("evens_first",),
    ),
    Family(
        "odds_upto",
        "all odd numbers from 1 up to n (n included if odd), as a list",
        {"n": Int(2, 60)},
        "I list the odd numbers up to the limit.",
        "nums = list(range(1, {n} + 1))\n" + KEEP_ODD + "print(nums)",
        lambda n: _steps(1, 2, (n + 1) // 2),
        mistaken=("odds_first",),
    ),
    Family(
        "evens_between",
        "all even numbers from a to b, limits included, as a list",
        {"a": Int(1, 60), "b": Int(5, 100)},
        "I list the even numbers between the two.",
        "nums = list(range({a}, {b} + 1))\n" + KEEP_EVEN + "print(nums)",
        lambda a, b: _steps(a + a % 2, 2, (b - a - a % 2) // 2 + 1),
        where=lambda a, b: 4 <= b - a <= 60,
        kind="two",
    ),
    Family(
        "odds_between",
        "all odd numbers from a to b, limits included, as a list",
        {"a": Int(1, 60), "b": Int(5, 100)},
        "I list the odd numbers between the two.",
        "nums = list(range({a}, {b} + 1))\n" + KEEP_ODD + "print(nums)",
        lambda a, b: _steps(a + 1 - a % 2, 2, (b - a - 1 + a % 2) // 2 + 1),
        where=lambda a, b: 4 <= b - a <= 60,
        kind="two",
        mistaken=("evens_between",),
    ),
    Family(
        "multiples_first",
        "the first n multiples of k (k, 2k, … nk), as a list",
        {"n": Int(2, 20), "k": Int(2, 25)},
        "I list the first multiples.",
        "nums = [{k} * i for i in range(1, {n} + 1)]\nprint(nums)",
        lambda n, k: _steps(k, k, n),
        weight=1.5,
    ),
    Family(
        "multiples_upto",
        "all multiples of k from k up to the limit m (m included if it is one), as a list",
        {"k": Int(2, 25), "m": Int(10, 200)},
        "I list the multiples up to the limit.",
        "nums = list(range(1, {m} + 1))\nnums = [n for n in nums if n % {k} == 0]\nprint(nums)",
        lambda k, m: _steps(k, k, m // k),
        where=lambda k, m: 2 <= m // k <= 40,
        weight=1.5,
    ),
    Family(
        "squares_first",
        "the first n square numbers 1, 4, 9, …, as a list",
        {"n": Int(1, 25)},
        "I list the first squares.",
        "nums = [k ** 2 for k in range(1, {n} + 1)]\nprint(nums)",
        lambda n: [sum(_steps(1, 2, k)) for k in range(1, n + 1)],
        mistaken=("squares_upto",),
    ),
    Family(
        "squares_upto",
        "all square numbers from 1 that are at most n, as a list",
        {"n": Int(1, 500)},
        "I list the squares up to the limit.",
        "nums = [k ** 2 for k in range(1, {n} + 1) if k ** 2 <= {n}]\nprint(nums)",
        lambda n: [k * k for k in range(1, 24) if k * k <= n],
        mistaken=("squares_first",),
    ),
    Family(
        "cubes_first",
        "the first n cube numbers 1, 8, 27, …, as a list",
        {"n": Int(1, 20)},
        "I list the first cubes.",
        "nums = [k ** 3 for k in range(1, {n} + 1)]\nprint(nums)",
        lambda n: [k * k * k for k in _steps(1, 1, n)],
    ),
    Family(
        "powers_first",
        "the first n powers of b, beginning with b itself (b, b², b³, …), as a list",
        {"n": Int(1, 12), "b": Int(2, 12)},
        "I list the first powers.",
        "nums = [{b} ** k for k in range(1, {n} + 1)]\nprint(nums)",
        lambda n, b: _powers(b, n),
    ),
    Family(
        "fibonacci_first",
        "the first n Fibonacci numbers, beginning 0, 1, 1, 2, as a list",
        {"n": Int(2, 30)},
        "I list the first Fibonacci numbers.",
        FIRST_FIBONACCI + "print(nums)",
        fibonacci,
        weight=2,
    ),
    Family(
        "fibonacci_nth",
        "the n-th Fibonacci number, counted so that F(1) = 1, F(2) = 1, F(10) = 55",
        {"n": Int(1, 50)},
        "I find the n-th Fibonacci number.",
        "a, b = 0, 1\nfor _ in range({n}):\n    a, b = b, a + b\nprint(a)",
        lambda n: fibonacci(n + 1)[n],
        mistaken=("fibonacci_first",),
        weight=1.5,
    ),
    Family(
        "fibonacci_upto",
        "all Fibonacci numbers that are at most n, beginning 0, 1, 1, 2, as a list",
        {"n": Int(2, 1000)},
        "I list the Fibonacci numbers up to the limit.",
        "a, b = 0, 1\nnums = []\nwhile a <= {n}:\n    nums.append(a)\n    a, b = b, a + b\nprint(nums)",
        lambda n: [f for f in fibonacci(30) if f <= n],
        mistaken=("fibonacci_first",),
    ),
    Family(
        "is_fibonacci",
        "whether n is a Fibonacci number (True or False)",
        {"n": Int(0, 400)},
        "I check the Fibonacci numbers.",
        "a, b = 0, 1\nwhile a < {n}:\n    a, b = b, a + b\nprint(a == {n})",
        lambda n: n in fibonacci(30),
        kind="integer",
        weight=0.7,
    ),
    Family(
        "triangular_nth",
        "the n-th triangular number (1 + 2 + … + n); the message says triangular number",
        {"n": Int(1, 100)},
        "I compute the triangular number.",
        "print({n} * ({n} + 1) // 2)",
        lambda n: sum(range(n + 1)),
        weight=0.7,
    ),
    Family(
        "triangular_first",
        "the first n triangular numbers 1, 3, 6, 10, …, as a list",
        {"n": Int(2, 25)},
        "I list the first triangular numbers.",
        "nums = [k * (k + 1) // 2 for k in range(1, {n} + 1)]\nprint(nums)",
        lambda n: [sum(range(k + 1)) for k in range(1, n + 1)],
        weight=0.7,
    ),
    Family(
        "arithmetic_first",
        "the first n terms of the sequence that begins with a and always adds d, as a list",
        {"n": Int(2, 15), "a": Int(0, 50), "d": Int(1, 20)},
        "I list the terms of the sequence.",
        "nums = [{a} + {d} * k for k in range({n})]\nprint(nums)",
        lambda n, a, d: _steps(a, d, n),
        weight=0.8,
    ),
    Family(
        "arithmetic_nth",
        "the n-th term of the sequence that begins with a and always adds d",
        {"n": Int(2, 100), "a": Int(0, 50), "d": Int(1, 20)},
        "I find the term of the sequence.",
        "print({a} + {d} * ({n} - 1))",
        lambda n, a, d: _steps(a, d, n)[-1],
        weight=0.8,
    ),
    Family(
        "geometric_first",
        "the first n terms of the sequence that begins with a and is always multiplied by r, as a list",
        {"n": Int(2, 10), "a": Int(1, 10), "r": Int(2, 5)},
        "I list the terms of the sequence.",
        "nums = [{a} * {r} ** k for k in range({n})]\nprint(nums)",
        lambda n, a, r: [a * r**k for k in range(n)],
        weight=0.8,
    ),
    Family(
        "next_term",
        "the number that comes next in the list items, which either grows by equal steps or is always multiplied "
        "by the same number",
        {"items": Drawer(_progression, _write_numbers)},
        "I continue the sequence.",
        "nums = {items}\nif nums[1] - nums[0] == nums[2] - nums[1]:\n    print(nums[-1] + nums[1] - nums[0])\n"
        "else:\n    print(nums[-1] * nums[1] // nums[0])",
        lambda items: (
            items[-1] + items[-1] - items[-2]
            if 2 * items[1] == items[0] + items[2]
            else items[-1] * (items[-1] // items[-2])
        ),
        weight=1.2,
    ),
    Family(
        "fizzbuzz",
        "FizzBuzz from 1 to n, one line each",
        {"n": Int(3, 30)},
        "I write FizzBuzz.",
        "for n in range(1, {n} + 1):\n    print('Fizz' * (n % 3 == 0) + 'Buzz' * (n % 5 == 0) or n)",
        _fizzbuzz,
        weight=0.7,
    ),
    Family(
        "alphabet",
        "the alphabet, all letters a to z in one string",
        {},
        "I write the alphabet.",
        "import string\nprint(string.ascii_lowercase)",
        lambda: "".join(map(chr, range(97, 123))),
        weight=0.3,
    ),
    Family(
        "geometric_nth",
        "the n-th term of the sequence that begins with a and is always multiplied by r",
        {"n": Int(2, 10), "a": Int(1, 10), "r": Int(2, 5)},
        "I find the term of the sequence.",
        "print({a} * {r} ** ({n} - 1))",
        lambda n, a, r: [a * r**k for k in range(n)][-1],
        shown=True,
    ),
    Family(
        "lucas_first",
        "the first n Lucas numbers 2, 1, 3, 4, 7, …, as a list",
        {"n": Int(2, 25)},
        "I list the first Lucas numbers.",
        "nums = [2, 1]\nwhile len(nums) < {n}:\n    nums.append(nums[-1] + nums[-2])\nprint(nums)",
        lambda n: [fibonacci(k + 2)[-1] + (fibonacci(k)[-1] if k else 1) for k in range(n)],
        held_out=True,
    ),
    Family(
        "pronic_first",
        "the first n products of neighbours 1 x 2, 2 x 3, 3 x 4, …, as a list (pronic numbers)",
        {"n": Int(2, 20)},
        "I multiply neighbours.",
        "nums = [k * (k + 1) for k in range(1, {n} + 1)]\nprint(nums)",
        lambda n: [2 * sum(range(k + 1)) for k in range(1, n + 1)],
        held_out=True,
    ),
)
