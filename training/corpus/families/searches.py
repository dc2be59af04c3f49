"""Small searches: which numbers have a property."""

from training.corpus.exact import divisors, factors, prime_set
from training.corpus.family import Family
from training.corpus.programs import IS_PRIME
from training.corpus.values import Int, OneOf

LIMIT = Int(10, 120)
DIVISOR = Int(2, 12)
DIGIT = Int(0, 9)


def _digits(n: int) -> list[int]:
    return [int(digit) for digit in str(n)]


def _mirror(n: int) -> int:
    answer = 0
    while n:
        n, digit = divmod(n, 10)
        answer = 10 * answer + digit
    return answer


FAMILIES = (
    Family(
        "two_digit_digit_sum_divides",
        "all two-digit numbers that are divisible by the sum of their digits, as a list",
        {},
        "I try all two-digit numbers.",
        "nums = list(range(10, 100))\nnums = [n for n in nums if n % sum(int(d) for d in str(n)) == 0]\nprint(nums)",
        lambda: [10 * a + b for a in range(1, 10) for b in range(10) if (10 * a + b) % (a + b) == 0],
        weight=0.8,
    ),
    Family(
        "digit_sum_divides_upto",
        "all numbers from 1 to n that are divisible by the sum of their digits, as a list",
        {"n": LIMIT},
        "I try all numbers up to the limit.",
        "nums = list(range(1, {n} + 1))\nnums = [n for n in nums if n % sum(int(d) for d in str(n)) == 0]\nprint(nums)",
        lambda n: [k for k in range(1, n + 1) if sum(_digits(k)) in divisors(k)],
        weight=0.8,
    ),
    Family(
        "two_digit_digit_sum",
        "all two-digit numbers whose digits add up to s, as a list",
        {"s": Int(1, 18)},
        "I try all two-digit numbers.",
        "nums = list(range(10, 100))\nnums = [n for n in nums if sum(int(d) for d in str(n)) == {s}]\nprint(nums)",
        lambda s: [10 * a + (s - a) for a in range(1, 10) if 0 <= s - a <= 9],
    ),
    Family(
        "two_digit_digit_product",
        "all two-digit numbers whose digits multiply to p, as a list",
        {"p": OneOf((4, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 30, 36, 40, 48))},
        "I try all two-digit numbers.",
        "nums = list(range(10, 100))\nnums = [n for n in nums if (n // 10) * (n % 10) == {p}]\nprint(nums)",
        lambda p: [10 * a + b for a in range(1, 10) for b in range(1, 10) if a * b == p],
        weight=0.8,
    ),
    Family(
        "digit_sum_upto",
        "all numbers from 1 to n whose digits add up to s, as a list",
        {"n": Int(20, 250), "s": Int(2, 15)},
        "I try all numbers up to the limit.",
        "nums = list(range(1, {n} + 1))\nnums = [n for n in nums if sum(int(d) for d in str(n)) == {s}]\nprint(nums)",
        lambda n, s: [k for k in range(1, n + 1) if sum(_digits(k)) == s],
    ),
    Family(
        "divisible_by_both",
        "all numbers from 1 to n that are divisible by both a and b, as a list",
        {"n": Int(20, 200), "a": DIVISOR, "b": DIVISOR},
        "I try all numbers up to the limit.",
        "nums = list(range(1, {n} + 1))\nnums = [n for n in nums if n % {a} == 0 and n % {b} == 0]\nprint(nums)",
        lambda n, a, b: sorted(set(range(a, n + 1, a)) & set(range(b, n + 1, b))),
        where=lambda n, a, b: a != b,
        mistaken=("divisible_by_either",),
        weight=1.3,
    ),
    Family(
        "divisible_by_either",
        "all numbers from 1 to n that are divisible by a or by b (or both), as a list",
        {"n": Int(10, 80), "a": Int(3, 12), "b": Int(3, 12)},
        "I try all numbers up to the limit.",
        "nums = list(range(1, {n} + 1))\nnums = [n for n in nums if n % {a} == 0 or n % {b} == 0]\nprint(nums)",
        lambda n, a, b: sorted(set(range(a, n + 1, a)) | set(range(b, n + 1, b))),
        where=lambda n, a, b: a != b,
        mistaken=("divisible_by_both",),
    ),
    Family(
        "divisible_but_not",
        "all numbers from 1 to n that are divisible by a but not by b, as a list",
        {"n": Int(10, 120), "a": DIVISOR, "b": DIVISOR},
        "I try all numbers up to the limit.",
        "nums = list(range(1, {n} + 1))\nnums = [n for n in nums if n % {a} == 0 and n % {b} != 0]\nprint(nums)",
        lambda n, a, b: sorted(set(range(a, n + 1, a)) - set(range(b, n + 1, b))),
        where=lambda n, a, b: a != b and n // a < 40,
    ),
    Family(
        "divisible_between",
        "all numbers from a to b (both included) that are divisible by k, as a list",
        {"a": Int(1, 100), "b": Int(10, 200), "k": Int(2, 15)},
        "I try all numbers between the two.",
        "nums = list(range({a}, {b} + 1))\nnums = [n for n in nums if n % {k} == 0]\nprint(nums)",
        lambda a, b, k: list(range(-(-a // k) * k, b + 1, k)),
        where=lambda a, b, k: a < b and 1 <= (b - a) // k < 40,
        weight=1.3,
    ),
    Family(
        "count_divisible_between",
        "how many numbers from a to b (both included) are divisible by k",
        {"a": Int(1, 100), "b": Int(10, 500), "k": Int(2, 15)},
        "I count the numbers between the two.",
        "nums = list(range({a}, {b} + 1))\nnums = [n for n in nums if n % {k} == 0]\nprint(len(nums))",
        lambda a, b, k: b // k - (a - 1) // k,
        where=lambda a, b, k: a < b,
        mistaken=("divisible_between",),
    ),
    Family(
        "with_digit",
        "all numbers from 1 to n that contain the digit d, as a list",
        {"n": LIMIT, "d": DIGIT},
        "I try all numbers up to the limit.",
        "nums = list(range(1, {n} + 1))\nnums = [n for n in nums if '{d}' in str(n)]\nprint(nums)",
        lambda n, d: [k for k in range(1, n + 1) if d in _digits(k)],
    ),
    Family(
        "ending_in",
        "all numbers from 1 to n that end in the digit d, as a list",
        {"n": LIMIT, "d": DIGIT},
        "I try all numbers up to the limit.",
        "nums = list(range(1, {n} + 1))\nnums = [n for n in nums if n % 10 == {d}]\nprint(nums)",
        lambda n, d: [k for k in range(1, n + 1) if _digits(k)[-1] == d],
        weight=0.8,
    ),
    Family(
        "palindromes_between",
        "all numbers from a to b (both included) that read the same backwards, as a list",
        {"a": Int(10, 400), "b": Int(50, 700)},
        "I try all numbers between the two.",
        "nums = list(range({a}, {b} + 1))\nnums = [n for n in nums if str(n) == str(n)[::-1]]\nprint(nums)",
        lambda a, b: [k for k in range(a, b + 1) if _mirror(k) == k],
        where=lambda a, b: 20 < b - a < 300,
    ),
    Family(
        "squares_between",
        "all square numbers from a to b (both included), as a list",
        {"a": Int(1, 300), "b": Int(20, 900)},
        "I try all numbers between the two.",
        "import math\nprint([n for n in range({a}, {b} + 1) if math.isqrt(n) ** 2 == n])",
        lambda a, b: [k * k for k in range(31) if a <= k * k <= b],
        where=lambda a, b: b - a > 20,
    ),
    Family(
        "cubes_between",
        "all cube numbers from a to b (both included), as a list",
        {"a": Int(1, 300), "b": Int(20, 3000)},
        "I try the first cubes.",
        "print([k ** 3 for k in range(1, {b} + 1) if {a} <= k ** 3 <= {b}])",
        lambda a, b: [k * k * k for k in range(15) if a <= k * k * k <= b],
        where=lambda a, b: b - a > 20,
        weight=0.7,
    ),
    Family(
        "factor_pairs",
        "all pairs of whole numbers a <= b whose product is n, as a list of pairs",
        {"n": Int(2, 200)},
        "I try all factors.",
        "print([(a, {n} // a) for a in range(1, {n} + 1) if {n} % a == 0 and a * a <= {n}])",
        lambda n: [(d, e) for d, e in zip(divisors(n), divisors(n)[::-1], strict=True) if d <= e],
    ),
    Family(
        "pairs_adding_to",
        "all pairs of whole numbers from 1 on, a <= b, that add up to n, as a list of pairs",
        {"n": Int(2, 30)},
        "I try all pairs.",
        "print([(a, {n} - a) for a in range(1, {n} // 2 + 1)])",
        lambda n: [(a, b) for a in range(1, n) for b in range(a, n) if a + b == n],
        weight=0.8,
    ),
    Family(
        "prime_pairs_adding_to",
        "all pairs of primes, the smaller first, that add up to n, as a list of pairs",
        {"n": Int(4, 100)},
        "I try all pairs of primes.",
        IS_PRIME + "print([(a, {n} - a) for a in range(2, {n} // 2 + 1) if is_prime(a) and is_prime({n} - a)])",
        lambda n: [(p, n - p) for p in sorted(prime_set())[:25] if p <= n - p and n - p in prime_set()],
        weight=0.7,
    ),
    Family(
        "twin_primes",
        "all pairs of twin primes (p, p + 2) with p + 2 at most n, as a list of pairs",
        {"n": Int(5, 150)},
        "I try all pairs of primes.",
        IS_PRIME + "print([(p, p + 2) for p in range(2, {n} - 1) if is_prime(p) and is_prime(p + 2)])",
        lambda n: [(p, p + 2) for p in sorted(prime_set())[:40] if p + 2 in prime_set() and p + 2 <= n],
        weight=0.7,
    ),
    Family(
        "first_multiple_above",
        "the smallest multiple of k that is greater than n",
        {"k": Int(2, 30), "n": Int(10, 1000)},
        "I look for the next multiple.",
        "print(({n} // {k} + 1) * {k})",
        lambda k, n: next(x for x in range(n + 1, n + k + 1) if x % k == 0),
    ),
    Family(
        "last_multiple_below",
        "the largest multiple of k that is less than n",
        {"k": Int(2, 30), "n": Int(40, 1000)},
        "I look for the multiple before.",
        "print(({n} - 1) // {k} * {k})",
        lambda k, n: next(x for x in range(n - 1, 0, -1) if x % k == 0),
        mistaken=("first_multiple_above",),
        weight=0.7,
    ),
    Family(
        "smallest_square_above",
        "the smallest square number that is greater than n",
        {"n": Int(1, 2000)},
        "I look for the next square.",
        "import math\nprint((math.isqrt({n}) + 1) ** 2)",
        lambda n: next(k * k for k in range(50) if k * k > n),
        weight=0.8,
    ),
    Family(
        "power_above",
        "the smallest exponent e for which b to the power of e is greater than n",
        {"b": Int(2, 10), "n": Int(5, 5000)},
        "I try the exponents.",
        "e = 0\nwhile {b} ** e <= {n}:\n    e += 1\nprint(e)",
        lambda b, n: next(e for e in range(20) if b**e > n),
        weight=0.7,
    ),
    Family(
        "perfect_upto",
        "all perfect numbers up to n, as a list",
        {"n": Int(5, 600)},
        "I try all numbers up to the limit.",
        "nums = list(range(2, {n} + 1))\n"
        "nums = [n for n in nums if sum(d for d in range(1, n) if n % d == 0) == n]\nprint(nums)",
        lambda n: [k for k in (6, 28, 496) if k <= n],
        weight=0.5,
    ),
    Family(
        "composites_upto",
        "all composite numbers (not prime, greater than 1) up to n, as a list",
        {"n": Int(4, 60)},
        "I keep the numbers that are not prime.",
        IS_PRIME + "nums = list(range(2, {n} + 1))\nnums = [n for n in nums if not is_prime(n)]\nprint(nums)",
        lambda n: [k for k in range(2, n + 1) if len(factors(k)) > 1],
        weight=0.8,
        mistaken=(),
    ),
    Family(
        "three_digit_palindromes",
        "all three-digit palindromes that begin with the digit d, as a list",
        {"d": Int(1, 9)},
        "I try all three-digit numbers.",
        "nums = list(range(100, 1000))\n"
        "nums = [n for n in nums if str(n) == str(n)[::-1] and str(n)[0] == '{d}']\nprint(nums)",
        lambda d: [100 * d + 10 * k + d for k in range(10)],
        weight=0.5,
    ),
    Family(
        "pythagorean_triples",
        "all Pythagorean triples a < b < c with c at most n, as a list of triples",
        {"n": Int(5, 30)},
        "I try all triples.",
        "print([(a, b, c) for a in range(1, {n}) for b in range(a, {n}) for c in range(b, {n} + 1) "
        "if a * a + b * b == c * c])",
        lambda n: sorted(
            (a, b, round((a * a + b * b) ** 0.5))
            for a in range(1, n)
            for b in range(a + 1, n)
            if (a * a + b * b) ** 0.5 % 1 == 0 and a * a + b * b <= n * n
        ),
        weight=0.5,
    ),
    Family(
        "armstrong_upto",
        "all Armstrong numbers from 100 to n (the sum of the cubes of the three digits is the number), as a list",
        {"n": Int(150, 999)},
        "I try all three-digit numbers.",
        "nums = list(range(100, {n} + 1))\n"
        "nums = [n for n in nums if sum(int(d) ** 3 for d in str(n)) == n]\nprint(nums)",
        lambda n: [k for k in (153, 370, 371, 407) if k <= n],
        weight=0.5,
    ),
    Family(
        "equal_digits",
        "all two-digit numbers with two equal digits that are divisible by k, as a list",
        {"k": Int(2, 9)},
        "I try all two-digit numbers.",
        "nums = list(range(10, 100))\nnums = [n for n in nums if n // 10 == n % 10 and n % {k} == 0]\nprint(nums)",
        lambda k: [11 * d for d in range(1, 10) if (11 * d) % k == 0],
        shown=True,
    ),
    Family(
        "larger_mirrored",
        "all numbers from 10 to n that get larger when their digits are reversed, as a list",
        {"n": Int(15, 60)},
        "I compare the numbers with their reverse.",
        "nums = list(range(10, {n} + 1))\nnums = [n for n in nums if int(str(n)[::-1]) > n]\nprint(nums)",
        lambda n: [k for k in range(10, n + 1) if _mirror(k) > k],
        held_out=True,
    ),
    Family(
        "semiprimes_upto",
        "all products of exactly two primes up to n (semiprimes), as a list",
        {"n": Int(6, 60)},
        "I keep the products of two primes.",
        IS_PRIME + "nums = list(range(2, {n} + 1))\nnums = [n for n in nums "
        "if any(n % p == 0 and is_prime(p) and is_prime(n // p) for p in range(2, n))]\nprint(nums)",
        lambda n: [k for k in range(2, n + 1) if len(factors(k)) == 2],
        held_out=True,
    ),
)
