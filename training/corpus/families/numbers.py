"""Number theory: primes, divisors, digits."""

from training.corpus.exact import divisors, factorial, factors, prime_set, sieve
from training.corpus.family import Family
from training.corpus.programs import COUNTING, FIRST_PRIMES, IS_PRIME, KEEP_PRIMES
from training.corpus.values import Int

N = Int(1, 5000)
DIVISORS = "[d for d in range(1, {n} + 1) if {n} % d == 0]"


def _digits(n: int) -> list[int]:
    found: list[int] = []
    while n:
        n, digit = divmod(n, 10)
        found.insert(0, digit)
    return found or [0]


def _digital_root(n: int) -> int:
    return 1 + (n - 1) % 9 if n else 0


def _euclid(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def _collatz(n: int) -> int:
    steps = 0
    while n != 1:
        n = 3 * n + 1 if n % 2 else n // 2
        steps += 1
    return steps


def _bouncing_product(n: int) -> int:
    answer = 1
    for digit in str(n):
        answer *= int(digit)
    return answer


FAMILIES = (
    Family(
        "primes_first",
        "the first n prime numbers, as a list (n says how many)",
        {"n": Int(1, 40)},
        "I list the first primes.",
        COUNTING + IS_PRIME + FIRST_PRIMES + "print(nums)",
        lambda n: list(sieve()[:n]),
        mistaken=("primes_upto",),
        weight=4,
    ),
    Family(
        "primes_upto",
        "all prime numbers up to and including n, as a list (n is the limit, not how many)",
        {"n": Int(2, 120)},
        "I list the primes up to the limit.",
        IS_PRIME + "nums = list(range(1, {n} + 1))\n" + KEEP_PRIMES + "print(nums)",
        lambda n: [p for p in sieve()[:40] if p <= n],
        mistaken=("primes_first",),
        weight=3,
    ),
    Family(
        "primes_below",
        "all prime numbers below n, n itself excluded, as a list",
        {"n": Int(3, 120)},
        "I list the primes below the limit.",
        IS_PRIME + "nums = list(range(1, {n}))\n" + KEEP_PRIMES + "print(nums)",
        lambda n: [p for p in sieve()[:40] if p < n],
        mistaken=("primes_first",),
        weight=2,
    ),
    Family(
        "primes_between",
        "all prime numbers from a to b, both included",
        {"a": Int(1, 100), "b": Int(5, 200)},
        "I list the primes between the two numbers.",
        IS_PRIME + "nums = list(range({a}, {b} + 1))\n" + KEEP_PRIMES + "print(nums)",
        lambda a, b: [p for p in sieve()[:60] if a <= p <= b],
        where=lambda a, b: a + 3 < b,
        weight=2,
    ),
    Family(
        "prime_nth",
        "the n-th prime number (the 1st is 2)",
        {"n": Int(1, 50)},
        "I find the n-th prime.",
        COUNTING + IS_PRIME + FIRST_PRIMES + "print(nums[-1])",
        lambda n: sieve()[n - 1],
        mistaken=("primes_first",),
        weight=2,
    ),
    Family(
        "primes_count",
        "how many primes there are up to and including n",
        {"n": Int(2, 500)},
        "I count the primes up to the limit.",
        IS_PRIME + "nums = list(range(1, {n} + 1))\n" + KEEP_PRIMES + "print(len(nums))",
        lambda n: sum(1 for p in sieve()[:100] if p <= n),
        mistaken=("primes_upto",),
        weight=1.5,
    ),
    Family(
        "is_prime",
        "whether n is a prime number (True or False)",
        {"n": Int(0, 1000)},
        "I check whether the number is prime.",
        IS_PRIME + "print(is_prime({n}))",
        lambda n: n in prime_set(),
        kind="integer",
        weight=2.5,
    ),
    Family(
        "next_prime",
        "the smallest prime that is greater than n",
        {"n": Int(1, 1000)},
        "I look for the next prime.",
        COUNTING + IS_PRIME + "print(next(filter(is_prime, count({n} + 1))))",
        lambda n: next(p for p in sieve() if p > n),
        kind="integer",
    ),
    Family(
        "previous_prime",
        "the largest prime that is smaller than n",
        {"n": Int(3, 1000)},
        "I look for the previous prime.",
        IS_PRIME + "print(max(n for n in range({n}) if is_prime(n)))",
        lambda n: [p for p in sieve()[:170] if p < n][-1],
        kind="integer",
    ),
    Family(
        "prime_factors",
        "the prime factors of n in ascending order, with repeats (12 gives [2, 2, 3])",
        {"n": Int(2, 1000)},
        "I divide by the smallest factors.",
        "n, d, factors = {n}, 2, []\nwhile n > 1:\n    if n % d == 0:\n        factors.append(d)\n        n //= d\n"
        "    else:\n        d += 1\nprint(factors)",
        factors,
        kind="integer",
        weight=1.5,
    ),
    Family(
        "largest_prime_factor",
        "the largest prime that divides n",
        {"n": Int(2, 1000)},
        "I look for the largest prime factor.",
        IS_PRIME + "print(max(d for d in range(2, {n} + 1) if {n} % d == 0 and is_prime(d)))",
        lambda n: factors(n)[-1],
        kind="integer",
        weight=0.6,
    ),
    Family(
        "divisors",
        "all divisors (factors) of n from 1 to n, as a list",
        {"n": Int(1, 500)},
        "I list the divisors.",
        f"print({DIVISORS})",
        divisors,
        kind="integer",
        weight=1.5,
    ),
    Family(
        "divisor_count",
        "how many divisors n has, 1 and n included",
        {"n": Int(1, 500)},
        "I count the divisors.",
        f"print(len({DIVISORS}))",
        lambda n: len(divisors(n)),
        kind="integer",
    ),
    Family(
        "divisor_sum",
        "the sum of all divisors of n, 1 and n included",
        {"n": Int(1, 500)},
        "I add up the divisors.",
        f"print(sum({DIVISORS}))",
        lambda n: sum(divisors(n)),
        kind="integer",
        weight=0.6,
    ),
    Family(
        "is_perfect",
        "whether n is a perfect number (equal to the sum of its divisors other than itself; True or False)",
        {"n": Int(2, 500)},
        "I compare with the sum of the proper divisors.",
        "print(sum(d for d in range(1, {n}) if {n} % d == 0) == {n})",
        lambda n: n in {6, 28, 496},
        kind="integer",
        weight=0.7,
    ),
    Family(
        "factorial",
        "n factorial (n!), the product of 1 to n",
        {"n": Int(0, 25)},
        "I compute the factorial.",
        "import math\nprint(math.factorial({n}))",
        factorial,
        kind="integer",
        weight=5,
    ),
    Family(
        "gcd",
        "the greatest common divisor of a and b",
        {"a": Int(1, 500), "b": Int(1, 500)},
        "I take the greatest common divisor.",
        "import math\nprint(math.gcd({a}, {b}))",
        _euclid,
        kind="two",
        weight=1.5,
    ),
    Family(
        "lcm",
        "the least common multiple of a and b",
        {"a": Int(1, 60), "b": Int(1, 60)},
        "I take the least common multiple.",
        "import math\nprint(math.lcm({a}, {b}))",
        lambda a, b: a * b // _euclid(a, b),
        kind="two",
        weight=1.5,
    ),
    Family(
        "coprime",
        "whether a and b are coprime (no common divisor but 1; True or False)",
        {"a": Int(1, 200), "b": Int(1, 200)},
        "I check the greatest common divisor.",
        "import math\nprint(math.gcd({a}, {b}) == 1)",
        lambda a, b: not set(factors(a)) & set(factors(b)),
        kind="two",
        weight=0.7,
    ),
    Family(
        "common_divisors",
        "all numbers that divide both a and b, as a list",
        {"a": Int(2, 200), "b": Int(2, 200)},
        "I list the common divisors.",
        "print([d for d in range(1, {a} + 1) if {a} % d == 0 and {b} % d == 0])",
        lambda a, b: sorted(set(divisors(a)) & set(divisors(b))),
        kind="two",
        weight=0.7,
    ),
    Family(
        "digit_sum",
        "the sum of the digits of n",
        {"n": Int(10, 10**7, words=False)},
        "I add up the digits.",
        "print(sum(int(d) for d in str({n})))",
        lambda n: sum(_digits(n)),
        kind="integer",
        weight=2,
    ),
    Family(
        "digit_product",
        "the product of the digits of n",
        {"n": Int(10, 10**5, words=False)},
        "I multiply the digits.",
        "import math\nprint(math.prod(int(d) for d in str({n})))",
        _bouncing_product,
        kind="integer",
        weight=0.7,
    ),
    Family(
        "digit_count",
        "how many digits n has",
        {"n": Int(1, 10**9, words=False)},
        "I count the digits.",
        "print(len(str({n})))",
        lambda n: len(_digits(n)),
        kind="integer",
    ),
    Family(
        "digit_list",
        "the digits of n as a list of numbers (407 gives [4, 0, 7])",
        {"n": Int(10, 10**6, words=False)},
        "I list the digits.",
        "print([int(d) for d in str({n})])",
        _digits,
        kind="integer",
        weight=0.7,
    ),
    Family(
        "largest_digit",
        "the largest digit of n",
        {"n": Int(10, 10**7, words=False)},
        "I take the largest digit.",
        "print(max(int(d) for d in str({n})))",
        lambda n: next(d for d in range(9, -1, -1) if d in _digits(n)),
        kind="integer",
        weight=0.7,
    ),
    Family(
        "smallest_digit",
        "the smallest digit of n",
        {"n": Int(10, 10**7, words=False)},
        "I take the smallest digit.",
        "print(min(int(d) for d in str({n})))",
        lambda n: next(d for d in range(10) if d in _digits(n)),
        kind="integer",
        weight=0.7,
        mistaken=("largest_digit",),
    ),
    Family(
        "last_digit",
        "the last digit of n",
        {"n": Int(10, 10**6, words=False)},
        "I take the last digit.",
        "print({n} % 10)",
        lambda n: _digits(n)[-1],
        kind="integer",
        weight=0.6,
    ),
    Family(
        "digit_occurrences",
        "how many times the digit d occurs in n",
        {"d": Int(0, 9), "n": Int(1000, 10**8, words=False)},
        "I count the digit.",
        "print(str({n}).count(str({d})))",
        lambda d, n: _digits(n).count(d),
        weight=0.8,
    ),
    Family(
        "reverse_number",
        "the number n with its digits in reverse order (1230 gives 321)",
        {"n": Int(10, 10**7, words=False)},
        "I reverse the digits.",
        "print(int(str({n})[::-1]))",
        lambda n: sum(d * 10**k for k, d in enumerate(_digits(n))),
        kind="integer",
        weight=1.5,
    ),
    Family(
        "is_number_palindrome",
        "whether the number n reads the same backwards (True or False)",
        {"n": Int(10, 10**5, words=False)},
        "I compare the number with its reverse.",
        "n = str({n})\nprint(n == n[::-1])",
        lambda n: sum(d * 10**k for k, d in enumerate(_digits(n))) == n,
        kind="integer",
        weight=1.5,
    ),
    Family(
        "digital_root",
        "the digital root of n: sum the digits again and again until one digit is left",
        {"n": Int(10, 10**7, words=False)},
        "I add up the digits until one is left.",
        "n = {n}\nwhile n > 9:\n    n = sum(int(d) for d in str(n))\nprint(n)",
        _digital_root,
        kind="integer",
        weight=0.7,
    ),
    Family(
        "is_armstrong",
        "whether n is an Armstrong (narcissistic) number: the sum of its digits, each to the power of "
        "how many digits there are (True or False)",
        {"n": Int(100, 999, words=False)},
        "I add up the powers of the digits.",
        "n = str({n})\nprint(sum(int(d) ** len(n) for d in n) == int(n))",
        lambda n: n in {153, 370, 371, 407},
        kind="integer",
        weight=0.5,
    ),
    Family(
        "collatz_steps",
        "how many steps the Collatz (3n + 1) sequence takes from n to 1",
        {"n": Int(1, 200)},
        "I count the Collatz steps.",
        "n, steps = {n}, 0\nwhile n != 1:\n    n = n // 2 if n % 2 == 0 else 3 * n + 1\n    steps += 1\nprint(steps)",
        _collatz,
        kind="integer",
        shown=True,
    ),
    Family(
        "factorial_zeros",
        "how many zeros n factorial ends with",
        {"n": Int(1, 100)},
        "I count the zeros at the end of the factorial.",
        "import math\nn = str(math.factorial({n}))\nprint(len(n) - len(n.rstrip('0')))",
        lambda n: sum(n // 5**k for k in range(1, 4)),
        kind="integer",
        shown=True,
    ),
    Family(
        "common_primes",
        "all prime numbers that divide both a and b, as a list",
        {"a": Int(2, 300), "b": Int(2, 300)},
        "I list the common prime factors.",
        IS_PRIME + "print([p for p in range(2, {a} + 1) if {a} % p == 0 and {b} % p == 0 and is_prime(p)])",
        lambda a, b: sorted(set(factors(a)) & set(factors(b))),
        held_out=True,
    ),
    Family(
        "abundant",
        "whether n is abundant: the sum of its proper divisors exceeds it (True or False)",
        {"n": Int(2, 300)},
        "I compare with the sum of the proper divisors.",
        "print(sum(d for d in range(1, {n}) if {n} % d == 0) > {n})",
        lambda n: sum(divisors(n)) > 2 * n,
        held_out=True,
    ),
    Family(
        "digit_squares",
        "the sum of the squares of the digits of n",
        {"n": Int(10, 10**6, words=False)},
        "I add up the squares of the digits.",
        "print(sum(int(d) ** 2 for d in str({n})))",
        lambda n: sum(d * d for d in _digits(n)),
        held_out=True,
    ),
)
