"""Percentages of plain numbers."""

from fractions import Fraction

from training.corpus.exact import Numeric, exact
from training.corpus.families.money import cents
from training.corpus.family import Family
from training.corpus.values import Int, Number

PERCENT = Number(1, 100, decimals=0.1, places=1)
N = Number(1, 1000, decimals=0.2)


def _ratio(a: Numeric, b: Numeric) -> Fraction:
    return exact(a) / exact(b)


FAMILIES = (
    Family(
        "percent_of",
        "p percent of x, rounded to two decimals",
        {"p": PERCENT, "x": N},
        "I take the percentage.",
        "print(round({x} * {p} / 100, 2))",
        lambda p, x: cents(exact(x) * exact(p) / 100),
        weight=3,
    ),
    Family(
        "what_percent",
        "which percentage of b the number a is, rounded to two decimals",
        {"a": Int(1, 300), "b": Int(1, 500)},
        "I divide and multiply by 100.",
        "print(round({a} / {b} * 100, 2))",
        lambda a, b: cents(_ratio(a, b) * 100),
        weight=2,
    ),
    Family(
        "percent_change",
        "the change from a to b in percent of a (negative when it falls), rounded to two decimals",
        {"a": Int(1, 500), "b": Int(1, 500)},
        "I compute the change in percent.",
        "print(round(({b} - {a}) / {a} * 100, 2))",
        lambda a, b: cents(_ratio(b, a) * 100 - 100),
        where=lambda a, b: a != b,
        weight=1.5,
    ),
    Family(
        "increase_by_percent",
        "the number x increased by p percent, rounded to two decimals",
        {"x": N, "p": PERCENT},
        "I add the percentage.",
        "print(round({x} * (100 + {p}) / 100, 2))",
        lambda x, p: cents(exact(x) + exact(x) * exact(p) / 100),
        mistaken=("decrease_by_percent",),
        weight=1.5,
    ),
    Family(
        "decrease_by_percent",
        "the number x decreased by p percent, rounded to two decimals",
        {"x": N, "p": PERCENT},
        "I subtract the percentage.",
        "print(round({x} * (100 - {p}) / 100, 2))",
        lambda x, p: cents(exact(x) - exact(x) * exact(p) / 100),
        mistaken=("increase_by_percent",),
        weight=1.5,
    ),
    Family(
        "whole_from_percent",
        "the number of which x is p percent, rounded to two decimals",
        {"x": Int(1, 300), "p": Int(1, 99, words=False)},
        "I divide by the percentage.",
        "print(round({x} * 100 / {p}, 2))",
        lambda x, p: cents(Fraction(100 * x, p)),
        weight=1.2,
    ),
    Family(
        "fraction_to_percent",
        "the fraction a/b in percent, rounded to two decimals (the question writes a/b or a out of b as a fraction)",
        {"a": Int(1, 20, words=False), "b": Int(2, 40, words=False)},
        "I write the fraction as a percentage.",
        "print(round({a} / {b} * 100, 2))",
        lambda a, b: cents(_ratio(a, b) * 100),
        where=lambda a, b: a < b,
    ),
    Family(
        "decimal_to_percent",
        "the decimal number x (between 0 and 2) in percent, rounded to two decimals",
        {"x": Number(0, 2, decimals=1.0, places=3)},
        "I multiply by 100.",
        "print(round({x} * 100, 2))",
        lambda x: cents(exact(x) * 100),
        where=lambda x: isinstance(x, float),
        weight=0.8,
    ),
    Family(
        "percent_to_decimal",
        "p percent as a decimal number (25 percent gives 0.25)",
        {"p": Int(1, 200, words=False)},
        "I divide by 100.",
        "print({p} / 100)",
        lambda p: float(Fraction(p, 100)),
        weight=0.8,
        mistaken=("percent_to_fraction",),
    ),
    Family(
        "percent_to_fraction",
        "p percent as a fraction in lowest terms (25 percent gives 1/4)",
        {"p": Int(1, 99, words=False)},
        "I write the percentage as a fraction.",
        "from fractions import Fraction\nprint(Fraction({p}, 100))",
        lambda p: exact(p) / 100,
        weight=0.8,
    ),
    Family(
        "test_score",
        "the percentage for a right answers out of b questions (test, exam, quiz), rounded to two decimals",
        {"a": Int(1, 60), "b": Int(5, 80)},
        "I compute the score in percent.",
        "print(round({a} / {b} * 100, 2))",
        lambda a, b: cents(_ratio(a, b) * 100),
        where=lambda a, b: a <= b,
        weight=1.3,
    ),
    Family(
        "percent_left",
        "how many percent are left when a of b are gone, rounded to two decimals",
        {"a": Int(1, 80), "b": Int(10, 100)},
        "I compute the rest in percent.",
        "print(round(({b} - {a}) / {b} * 100, 2))",
        lambda a, b: cents(100 - _ratio(a, b) * 100),
        where=lambda a, b: a < b,
        weight=0.7,
    ),
    Family(
        "percent_of_percent",
        "p percent of q percent of x, rounded to two decimals",
        {"p": Int(1, 90, words=False), "q": Int(1, 90, words=False), "x": Int(10, 1000)},
        "I take one percentage of the other.",
        "print(round({x} * {p} / 100 * {q} / 100, 2))",
        lambda p, q, x: cents(Fraction(p * q * x, 10_000)),
        shown=True,
    ),
    Family(
        "percent_error",
        "the percent error of a measured value a against the true value b (distance in percent of b), rounded to "
        "two decimals",
        {"a": Int(1, 300), "b": Int(1, 300)},
        "I compute the distance in percent.",
        "print(round(abs({a} - {b}) / {b} * 100, 2))",
        lambda a, b: cents(abs(_ratio(a, b) - 1) * 100),
        held_out=True,
    ),
)
