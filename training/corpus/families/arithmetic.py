"""Arithmetic on one, two or three numbers, expressions and equations."""

import math
from fractions import Fraction
from random import Random

from training.corpus.exact import exact, product, total
from training.corpus.family import Family
from training.corpus.values import Drawer, Drawn, Int, Number, Taste

N = Number(-50, 1000)
WHOLE = Int(0, 1000)


def _expression(rng: Random, taste: Taste, drawn: Drawn) -> str:
    """An expression of small numbers with + - * and brackets, and now and then / that comes out even."""
    terms = [str(rng.randint(1, 20)) for _ in range(2 if taste.tiny else rng.randint(3, 5))]
    signs = [rng.choice("++-**") for _ in terms[1:]]
    if len(terms) > 2 and rng.random() < 0.45:
        start = rng.randrange(len(terms) - 1)
        terms[start] = "(" + terms[start]
        terms[start + 1] += ")"
    elif rng.random() < 0.3:
        divisor, times = rng.randint(2, 9), rng.randint(1, 12)
        terms[-1:] = [str(divisor * times), str(divisor)]
        signs.append("/")
    return terms[0] + "".join(f" {sign} {term}" for sign, term in zip(signs, terms[1:], strict=True))


def _write_expression(rng: Random, value: str) -> str:
    form = rng.random()
    if form < 0.2:
        return value.replace(" ", "")
    if form < 0.3 and "*" in value:
        return value.replace("*", rng.choice(("x", "×")))
    return value


def evaluate(text: str) -> Fraction:
    """The exact value of an expression of whole numbers, by recursive descent."""
    tokens = text.replace("(", " ( ").replace(")", " ) ").split()

    def atom() -> Fraction:
        first = tokens.pop(0)
        if first != "(":
            return Fraction(first)
        inner = sums()
        tokens.pop(0)
        return inner

    def products() -> Fraction:
        value = atom()
        while tokens and tokens[0] in "*/":
            value = value * atom() if tokens.pop(0) == "*" else value / atom()
        return value

    def sums() -> Fraction:
        value = products()
        while tokens and tokens[0] in "+-":
            value = value + products() if tokens.pop(0) == "+" else value - products()
        return value

    return sums()


def _expression_value(e: str) -> object:
    value = evaluate(e)
    return float(value) if "/" in e else int(value)


def plain_fraction(a: int, b: int) -> Fraction:
    """a/b in lowest terms, by Euclid."""
    x, y = a, b
    while y:
        x, y = y, x % y
    return Fraction(a // x, b // x)


def _close(answer: Fraction) -> object:
    """A check for a division that Python may round in the last place."""
    return lambda output: math.isclose(float(output), float(answer), rel_tol=1e-9)


FAMILIES = (
    Family(
        "add",
        "a plus b",
        {"a": N, "b": N},
        "I add the two numbers.",
        "print({a} + {b})",
        lambda a, b: total([a, b]),
        decimal_program="print(round({a} + {b}, 10))",
        kind="two",
        weight=1.5,
    ),
    Family(
        "subtract",
        "a minus b (a stands first in the calculation; the answer may be negative)",
        {"a": N, "b": N},
        "I subtract the second number from the first.",
        "print({a} - {b})",
        lambda a, b: total([a, -b]),
        decimal_program="print(round({a} - {b}, 10))",
        kind="two",
        weight=1.5,
    ),
    Family(
        "multiply",
        "a times b",
        {"a": Number(-20, 200), "b": Number(-20, 200)},
        "I multiply the two numbers.",
        "print({a} * {b})",
        lambda a, b: product([a, b]),
        decimal_program="print(round({a} * {b}, 10))",
        kind="two",
        where=lambda a, b: a != 0 != b or isinstance(a * b, int),
        weight=1.5,
    ),
    Family(
        "divide",
        "a divided by b, as a decimal number",
        {"a": Number(0, 500), "b": Number(1, 40)},
        "I divide the first number by the second.",
        "print({a} / {b})",
        lambda a, b: _close(exact(a) / exact(b)),
        where=lambda a, b: b != 0,
        kind="two",
        weight=1.5,
    ),
    Family(
        "floor_divide",
        "how many whole times b fits into a (integer division, the rest dropped)",
        {"a": Int(1, 1000), "b": Int(2, 40)},
        "I divide and drop the rest.",
        "print({a} // {b})",
        lambda a, b: int(Fraction(a, b)),
        kind="two",
    ),
    Family(
        "remainder",
        "what is left over when a is divided by b (a modulo b)",
        {"a": Int(1, 1000), "b": Int(2, 40)},
        "I take the remainder.",
        "print({a} % {b})",
        lambda a, b: a - b * (a // b),
        kind="two",
    ),
    Family(
        "quotient_and_remainder",
        "both the whole quotient and the remainder of a divided by b, as a pair",
        {"a": Int(1, 1000), "b": Int(2, 40)},
        "I take quotient and remainder.",
        "print(divmod({a}, {b}))",
        lambda a, b: (int(Fraction(a, b)), a - b * int(Fraction(a, b))),
        weight=0.5,
    ),
    Family(
        "power",
        "a to the power of b",
        {"a": Int(0, 20), "b": Int(0, 12)},
        "I raise the number to the power.",
        "print({a} ** {b})",
        lambda a, b: product([a] * b),
        kind="two",
    ),
    Family(
        "square",
        "n times itself",
        {"n": Number(-20, 200)},
        "I square the number.",
        "print(({n}) ** 2)",
        lambda n: product([n, n]),
        decimal_program="print(round(({n}) ** 2, 10))",
        kind="integer",
    ),
    Family(
        "cube",
        "n to the power of three",
        {"n": Int(-10, 60)},
        "I cube the number.",
        "print(({n}) ** 3)",
        lambda n: n * n * n,
        kind="integer",
    ),
    Family(
        "square_root",
        "the square root of n",
        {"n": Int(0, 1000)},
        "I take the square root.",
        "import math\nprint(math.sqrt({n}))",
        lambda n: lambda output: math.isclose(float(output) * float(output), n, rel_tol=1e-9),
        kind="integer",
    ),
    Family(
        "cube_root",
        "the cube root of n, rounded to four decimals",
        {"n": Int(1, 1000)},
        "I take the cube root.",
        "print(round({n} ** (1 / 3), 4))",
        lambda n: round(math.cbrt(n), 4),
        kind="integer",
        weight=0.5,
    ),
    Family(
        "half",
        "n divided by two",
        {"n": Number(0, 1000)},
        "I halve the number.",
        "print({n} / 2)",
        lambda n: float(exact(n) / 2),
        kind="integer",
    ),
    Family(
        "double",
        "two times n",
        {"n": Number(-50, 1000)},
        "I double the number.",
        "print({n} * 2)",
        lambda n: product([n, 2]),
        decimal_program="print(round({n} * 2, 10))",
        kind="integer",
    ),
    Family(
        "triple",
        "three times n",
        {"n": Number(-50, 500)},
        "I triple the number.",
        "print({n} * 3)",
        lambda n: product([n, 3]),
        decimal_program="print(round({n} * 3, 10))",
        kind="integer",
        weight=0.6,
    ),
    Family(
        "absolute",
        "the absolute value of n",
        {"n": Number(-500, 100)},
        "I take the absolute value.",
        "print(abs({n}))",
        lambda n: n if n > 0 else total([0, -n]),
        kind="integer",
        weight=0.6,
    ),
    Family(
        "opposite",
        "n with the other sign (minus n)",
        {"n": Int(-500, 500)},
        "I change the sign.",
        "print(-({n}))",
        lambda n: 0 - n,
        kind="integer",
        weight=0.3,
    ),
    Family(
        "reciprocal",
        "one divided by n",
        {"n": Int(1, 100)},
        "I divide one by the number.",
        "print(1 / {n})",
        lambda n: float(Fraction(1, n)),
        kind="integer",
        weight=0.4,
    ),
    Family(
        "successor",
        "the whole number right after n",
        {"n": Int(-20, 2000)},
        "I add one.",
        "print({n} + 1)",
        lambda n: sum((n, 1)),
        kind="integer",
        weight=0.4,
    ),
    Family(
        "predecessor",
        "the whole number right before n",
        {"n": Int(-20, 2000)},
        "I subtract one.",
        "print({n} - 1)",
        lambda n: sum((n, -1)),
        kind="integer",
        weight=0.4,
    ),
    Family(
        "difference",
        "the distance between a and b (never negative, the order does not matter)",
        {"a": Number(-50, 1000), "b": Number(-50, 1000)},
        "I take the distance of the two numbers.",
        "print(abs({a} - {b}))",
        lambda a, b: total([max(a, b), -min(a, b)]),
        decimal_program="print(round(abs({a} - {b}), 10))",
        kind="two",
    ),
    Family(
        "add_three",
        "a plus b plus c",
        {"a": Number(0, 500), "b": Number(0, 500), "c": Number(0, 500)},
        "I add the three numbers.",
        "print({a} + {b} + {c})",
        lambda a, b, c: total([a, b, c]),
        decimal_program="print(round({a} + {b} + {c}, 10))",
        weight=0.6,
    ),
    Family(
        "multiply_three",
        "a times b times c",
        {"a": Int(1, 30), "b": Int(1, 30), "c": Int(1, 30)},
        "I multiply the three numbers.",
        "print({a} * {b} * {c})",
        lambda a, b, c: product([a, b, c]),
        weight=0.6,
    ),
    Family(
        "larger_of_two",
        "the larger one of a and b",
        {"a": N, "b": N},
        "I take the larger number.",
        "print(max({a}, {b}))",
        lambda a, b: a if a > b else b,
        where=lambda a, b: a != b,
        kind="two",
    ),
    Family(
        "smaller_of_two",
        "the smaller one of a and b",
        {"a": N, "b": N},
        "I take the smaller number.",
        "print(min({a}, {b}))",
        lambda a, b: a if a < b else b,
        where=lambda a, b: a != b,
        kind="two",
        mistaken=("larger_of_two",),
    ),
    Family(
        "is_greater",
        "whether a is greater than b (True or False)",
        {"a": N, "b": N},
        "I compare the two numbers.",
        "print({a} > {b})",
        lambda a, b: exact(a) - exact(b) > 0,
        kind="two",
    ),
    Family(
        "is_less",
        "whether a is less than b (True or False)",
        {"a": N, "b": N},
        "I compare the two numbers.",
        "print({a} < {b})",
        lambda a, b: exact(b) - exact(a) > 0,
        kind="two",
        weight=0.6,
    ),
    Family(
        "is_equal",
        "whether a and b are the same number (True or False)",
        {"a": Int(0, 20), "b": Int(0, 20)},
        "I compare the two numbers.",
        "print({a} == {b})",
        lambda a, b: not a - b,
        weight=0.3,
    ),
    Family(
        "is_divisible",
        "whether a can be divided by b without a remainder (True or False)",
        {"a": Int(1, 1000), "b": Int(2, 25)},
        "I check the remainder.",
        "print({a} % {b} == 0)",
        lambda a, b: b * (a // b) == a,
        kind="two",
    ),
    Family(
        "is_even",
        "whether n is even (True or False)",
        {"n": Int(0, 5000)},
        "I check whether the number is even.",
        "print({n} % 2 == 0)",
        lambda n: str(n)[-1] in "02468",
        kind="integer",
    ),
    Family(
        "is_odd",
        "whether n is odd (True or False)",
        {"n": Int(0, 5000)},
        "I check whether the number is odd.",
        "print({n} % 2 == 1)",
        lambda n: str(n)[-1] in "13579",
        kind="integer",
    ),
    Family(
        "is_square",
        "whether n is a perfect square (True or False)",
        {"n": Int(0, 1000)},
        "I check whether the root is whole.",
        "import math\nprint(math.isqrt({n}) ** 2 == {n})",
        lambda n: n in {k * k for k in range(40)},
        kind="integer",
    ),
    Family(
        "round_places",
        "x rounded to d decimals",
        {"x": Number(0, 100, decimals=1.0, places=6), "d": Int(1, 4)},
        "I round the number.",
        "print(round({x}, {d}))",
        lambda x, d: (
            lambda output: (
                abs(exact(float(output)) - exact(x)) <= Fraction(1, 2 * 10**d)
                and len(output.partition(".")[2]) <= max(1, d)
            )
        ),
        where=lambda x, d: isinstance(x, float),
    ),
    Family(
        "round_whole",
        "x rounded to the nearest whole number",
        {"x": Number(0, 500, decimals=1.0, places=3)},
        "I round the number.",
        "print(round({x}))",
        lambda x: int(x + 0.5),
        where=lambda x: isinstance(x, float) and x % 1 != 0.5,
        weight=0.7,
    ),
    Family(
        "round_tens",
        "n rounded to the nearest ten",
        {"n": Int(1, 5000)},
        "I round to the nearest ten.",
        "print(round({n}, -1))",
        lambda n: (n + 5) // 10 * 10,
        where=lambda n: n % 10 != 5,
        weight=0.5,
    ),
    Family(
        "round_hundreds",
        "n rounded to the nearest hundred",
        {"n": Int(1, 20000)},
        "I round to the nearest hundred.",
        "print(round({n}, -2))",
        lambda n: (n + 50) // 100 * 100,
        where=lambda n: n % 100 != 50,
        weight=0.5,
    ),
    Family(
        "round_up",
        "x rounded up to the next whole number",
        {"x": Number(0, 500, decimals=1.0, places=3)},
        "I round up.",
        "import math\nprint(math.ceil({x}))",
        lambda x: int(x) + 1,
        where=lambda x: isinstance(x, float),
        weight=0.5,
    ),
    Family(
        "round_down",
        "x rounded down to a whole number (decimals cut off)",
        {"x": Number(0, 500, decimals=1.0, places=3)},
        "I round down.",
        "import math\nprint(math.floor({x}))",
        lambda x: int(x),
        where=lambda x: isinstance(x, float),
        weight=0.5,
        mistaken=("round_up",),
    ),
    Family(
        "expression",
        "the value of the arithmetic expression e",
        {"e": Drawer(_expression, _write_expression, str)},
        "I compute the expression.",
        "print({e})",
        _expression_value,
        weight=3,
    ),
    Family(
        "midpoint_number",
        "the number exactly in the middle between a and b",
        {"a": Int(0, 200), "b": Int(0, 200)},
        "I take the middle of the two numbers.",
        "print(({a} + {b}) / 2)",
        lambda a, b: float(Fraction(a + b, 2)),
        kind="two",
        weight=0.5,
    ),
    Family(
        "fraction_sum",
        "the fraction a/b plus the fraction c/d, as a fraction in lowest terms",
        {
            "a": Int(1, 9, words=False),
            "b": Int(2, 12, words=False),
            "c": Int(1, 9, words=False),
            "d": Int(2, 12, words=False),
        },
        "I add the fractions.",
        "from fractions import Fraction\nprint(Fraction({a}, {b}) + Fraction({c}, {d}))",
        lambda a, b, c, d: plain_fraction(a * d + c * b, b * d),
    ),
    Family(
        "fraction_product",
        "the fraction a/b times the fraction c/d, as a fraction in lowest terms",
        {
            "a": Int(1, 9, words=False),
            "b": Int(2, 12, words=False),
            "c": Int(1, 9, words=False),
            "d": Int(2, 12, words=False),
        },
        "I multiply the fractions.",
        "from fractions import Fraction\nprint(Fraction({a}, {b}) * Fraction({c}, {d}))",
        lambda a, b, c, d: plain_fraction(a * c, b * d),
        weight=0.6,
    ),
    Family(
        "fraction_simplify",
        "the fraction a/b in lowest terms",
        {"a": Int(1, 120, words=False), "b": Int(2, 120, words=False)},
        "I simplify the fraction.",
        "from fractions import Fraction\nprint(Fraction({a}, {b}))",
        plain_fraction,
        weight=0.7,
    ),
    Family(
        "fraction_of",
        "a/b of n, for example three quarters of 80",
        {"a": Int(1, 7, words=False), "b": Int(2, 9, words=False), "n": Int(1, 500, words=False)},
        "I take the fraction of the number.",
        "print({n} * {a} / {b})",
        lambda a, b, n: _close(Fraction(n * a, b)),
        where=lambda a, b, n: a < b,
        weight=0.7,
    ),
    Family(
        "solve_addition",
        "the x for which x + a = b",
        {"a": Int(1, 100), "b": Int(1, 300)},
        "I solve the equation.",
        "print({b} - {a})",
        lambda a, b: next(x for x in range(-100, 400) if x + a == b),
        weight=0.6,
    ),
    Family(
        "solve_product",
        "the x for which a * x = b (comes out whole)",
        {"a": Int(2, 15), "b": Int(2, 300)},
        "I solve the equation.",
        "print({b} // {a})",
        lambda a, b: next(x for x in range(301) if a * x == b),
        where=lambda a, b: b % a == 0,
        weight=0.6,
    ),
    Family(
        "solve_linear",
        "the x for which a * x + b = c (comes out whole)",
        {"a": Int(2, 9), "b": Int(1, 30), "c": Int(3, 100)},
        "I solve the equation.",
        "print(({c} - {b}) // {a})",
        lambda a, b, c: next(x for x in range(-50, 101) if a * x + b == c),
        where=lambda a, b, c: (c - b) % a == 0,
        weight=0.6,
    ),
    Family(
        "think_of_number",
        "take n, multiply it by a, then add b to the result",
        {"n": Int(1, 100), "a": Int(2, 12), "b": Int(1, 100)},
        "I multiply and then add.",
        "print({n} * {a} + {b})",
        lambda n, a, b: total([n] * a) + b,
        weight=0.6,
    ),
    Family(
        "add_then_multiply",
        "add b to n first, then multiply the result by a",
        {"n": Int(1, 100), "b": Int(1, 100), "a": Int(2, 12)},
        "I add and then multiply.",
        "print(({n} + {b}) * {a})",
        lambda n, b, a: total([n] * a) + total([b] * a),
        weight=0.6,
    ),
    Family(
        "logarithm",
        "the base-10 logarithm of n",
        {"n": Int(1, 10000)},
        "I take the logarithm.",
        "import math\nprint(math.log10({n}))",
        lambda n: lambda output: math.isclose(10 ** float(output), n, rel_tol=1e-9),
        weight=0.3,
    ),
)
