"""Small tables: names with numbers, rows of numbers, drawings made of characters."""

from itertools import chain
from random import Random
from typing import Any

from training.corpus.exact import Numeric, exact
from training.corpus.family import Family
from training.corpus.lexicon import NAMES, THINGS
from training.corpus.values import Drawer, Drawn, Int, OneOf, Slot, Taste
from training.corpus.writing import write_list


def _pairs(rng: Random, taste: Taste, drawn: Drawn) -> dict[str, int]:
    names = NAMES if rng.random() < 0.7 else THINGS
    count = rng.randint(2, 3 if taste.tiny else 6)
    keys = rng.sample(names, count)
    return dict(zip(keys, rng.sample(range(1, rng.choice((20, 50, 100))), count), strict=True))


_FORMS = ("{} {}", "{} {}", "{}: {}", "{}: {}", "{} = {}", "{} ({})", "{}={}", "{} has {}")


def _write_pairs(rng: Random, value: dict[str, int]) -> str:
    if rng.random() < 0.06:
        return str(value)
    names = next(iter(value)) in NAMES
    form = rng.choice(_FORMS if names else _FORMS[:-1])
    items = [form.format(key, number) for key, number in value.items()]
    return rng.choice((", ".join, ", ".join, "; ".join, lambda parts: write_list(rng, parts).strip("[](){}")))(items)


def _matrix(rng: Random, taste: Taste, drawn: Drawn) -> list[list[int]]:
    rows, columns = (2, 2) if taste.tiny else (rng.randint(2, 3), rng.randint(2, 3))
    return [[rng.randint(0, 12) for _ in range(columns)] for _ in range(rows)]


def _square(rng: Random, taste: Taste, drawn: Drawn) -> list[list[int]]:
    return [[rng.randint(-5, 12) for _ in range(2)] for _ in range(2)]


class _Key(Slot):
    """One of the names in the table `t`."""

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> str:
        return str(rng.choice(list(drawn["t"])))

    def admits(self, value: Any, drawn: Drawn) -> bool:
        return value in drawn["t"]


def _ranked(t: dict[str, int]) -> list[str]:
    return [key for number in range(100, -1, -1) for key in t if t[key] == number]


def _turned(m: list[list[int]]) -> list[list[int]]:
    return [[row[k] for row in m] for k in range(len(m[0]))]


def _times_table(n: int) -> str:
    return "\n".join(f"{n} x {k} = {sum([n] * k)}" for k in range(1, 11))


def _mean(numbers: list[Numeric]) -> float:
    return float(sum(map(exact, numbers)) / len(numbers))


T = Drawer(_pairs, _write_pairs)
M = Drawer(_matrix, lambda rng, value: str(value) if rng.random() < 0.8 else str(value).replace(" ", ""))
M2 = Drawer(_square)
SIGN = OneOf(("*", "#", "+", "o", "x", "-"), {"*": ("*", "stars", "stars"), "#": ("#",), "-": ("dashes",)})
TABLE = "table = {t}\n"

FAMILIES = (
    Family(
        "table_highest",
        "the name with the largest number in the table t",
        {"t": T},
        "I take the name with the largest number.",
        TABLE + "print(max(table, key=table.get))",
        lambda t: _ranked(t)[0],
        kind="table",
        mistaken=("table_lowest",),
        weight=2,
    ),
    Family(
        "table_lowest",
        "the name with the smallest number in the table t",
        {"t": T},
        "I take the name with the smallest number.",
        TABLE + "print(min(table, key=table.get))",
        lambda t: _ranked(t)[-1],
        kind="table",
        mistaken=("table_highest",),
        weight=1.5,
    ),
    Family(
        "table_total",
        "the sum of all numbers in the table t",
        {"t": T},
        "I add up the numbers of the table.",
        TABLE + "print(sum(table.values()))",
        lambda t: sum(len(range(n)) for n in t.values()),
        kind="table",
        weight=1.5,
    ),
    Family(
        "table_average",
        "the average of all numbers in the table t",
        {"t": T},
        "I average the numbers of the table.",
        TABLE + "print(sum(table.values()) / len(table))",
        lambda t: _mean(list(t.values())),
        kind="table",
        mistaken=("table_total",),
        weight=1.2,
    ),
    Family(
        "table_lookup",
        "the number that belongs to the name k in the table t",
        {"t": T, "k": _Key()},
        "I look the name up in the table.",
        TABLE + "print(table[{k}])",
        lambda t, k: next(number for name, number in t.items() if name == k),
        weight=1.2,
    ),
    Family(
        "table_ranking",
        "the names of the table t from the largest number to the smallest, as a list",
        {"t": T},
        "I sort the names by their numbers, largest first.",
        TABLE + "print(sorted(table, key=table.get, reverse=True))",
        _ranked,
        kind="table",
        weight=1.2,
        mistaken=("table_ranking_up",),
    ),
    Family(
        "table_ranking_up",
        "the names of the table t from the smallest number to the largest, as a list",
        {"t": T},
        "I sort the names by their numbers.",
        TABLE + "print(sorted(table, key=table.get))",
        lambda t: _ranked(t)[::-1],
        kind="table",
        mistaken=("table_ranking",),
    ),
    Family(
        "table_names_sorted",
        "the names of the table t in alphabetical order, as a list",
        {"t": T},
        "I sort the names.",
        TABLE + "print(sorted(table))",
        lambda t: sorted(t.keys()),
        kind="table",
        weight=0.6,
    ),
    Family(
        "table_above",
        "the names in the table t whose number is greater than k, in their order, as a list",
        {"t": T, "k": Int(1, 60)},
        "I keep the names above the limit.",
        TABLE + "print([name for name in table if table[name] > {k}])",
        lambda t, k: [a for a, n in t.items() if not n <= k],
        weight=1.2,
    ),
    Family(
        "table_below",
        "the names in the table t whose number is less than k, in their order, as a list",
        {"t": T, "k": Int(1, 60)},
        "I keep the names below the limit.",
        TABLE + "print([name for name in table if table[name] < {k}])",
        lambda t, k: [a for a, n in t.items() if not n >= k],
        weight=0.8,
        mistaken=("table_above",),
    ),
    Family(
        "table_gap",
        "the largest minus the smallest number in the table t",
        {"t": T},
        "I subtract the smallest number of the table from the largest.",
        TABLE + "print(max(table.values()) - min(table.values()))",
        lambda t: t[_ranked(t)[0]] - t[_ranked(t)[-1]],
        kind="table",
        weight=0.6,
    ),
    Family(
        "table_as_rows",
        "the table t one entry a line, as in 'Ann: 12'",
        {"t": T},
        "I print the table in rows.",
        TABLE + "for name, number in table.items():\n    print(f'{name}: {number}')",
        lambda t: "\n".join(f"{name}: {number}" for name, number in t.items()),
        kind="table",
        weight=0.6,
    ),
    Family(
        "times_table",
        "the multiplication table of n from 1 to 10, one line each, as in '7 x 1 = 7'",
        {"n": Int(1, 30)},
        "I print the times table.",
        "for k in range(1, 11):\n    print(f'{n} x {k} = {{n} * k}')",
        _times_table,
        weight=2,
    ),
    Family(
        "matrix_transpose",
        "the matrix m (a list of rows) with rows and columns exchanged, as a list of rows",
        {"m": M},
        "I exchange rows and columns.",
        "rows = {m}\nprint([list(column) for column in zip(*rows)])",
        _turned,
        kind="matrix",
    ),
    Family(
        "matrix_row_sums",
        "the sum of each row of the matrix m, as a list",
        {"m": M},
        "I add up every row.",
        "rows = {m}\nprint([sum(row) for row in rows])",
        lambda m: [sum(column) for column in zip(*_turned(m), strict=True)],
        kind="matrix",
        mistaken=("matrix_column_sums",),
        weight=0.8,
    ),
    Family(
        "matrix_column_sums",
        "the sum of each column of the matrix m, as a list",
        {"m": M},
        "I add up every column.",
        "rows = {m}\nprint([sum(column) for column in zip(*rows)])",
        lambda m: [sum(row[k] for row in m) for k in range(len(m[0]))],
        kind="matrix",
        mistaken=("matrix_row_sums",),
        weight=0.8,
    ),
    Family(
        "matrix_total",
        "the sum of all numbers of the matrix m",
        {"m": M},
        "I add up all rows.",
        "rows = {m}\nprint(sum(sum(row) for row in rows))",
        lambda m: sum(number for row in m for number in row),
        kind="matrix",
        weight=0.8,
    ),
    Family(
        "flatten",
        "all numbers of the nested list m in their order, as one flat list",
        {"m": M},
        "I flatten the list.",
        "rows = {m}\nprint([n for row in rows for n in row])",
        lambda m: list(chain.from_iterable(m)),
        kind="matrix",
        weight=0.8,
    ),
    Family(
        "determinant",
        "the determinant of the 2 x 2 matrix m",
        {"m": M2},
        "I compute the determinant.",
        "(a, b), (c, d) = {m}\nprint(a * d - b * c)",
        lambda m: m[0][0] * m[1][1] - m[1][0] * m[0][1],
        weight=0.7,
    ),
    Family(
        "triangle_of",
        "a triangle of n lines made of the character c: one c, then two, … up to n",
        {"n": Int(2, 9), "c": SIGN},
        "I draw a triangle.",
        "for k in range(1, {n} + 1):\n    print({c} * k)",
        lambda n, c: "\n".join("".join(c for _ in range(k)) for k in range(1, n + 1)),
        weight=0.9,
    ),
    Family(
        "square_of",
        "a full square of n lines with n characters c each",
        {"n": Int(2, 9), "c": SIGN},
        "I draw a square.",
        "for _ in range({n}):\n    print({c} * {n})",
        lambda n, c: "\n".join("".join(c for _ in range(n)) for _ in range(n)),
        weight=0.7,
        mistaken=("triangle_of",),
    ),
    Family(
        "rectangle_of",
        "a rectangle of h lines with w characters c each",
        {"w": Int(2, 15), "h": Int(2, 8), "c": SIGN},
        "I draw a rectangle.",
        "for _ in range({h}):\n    print({c} * {w})",
        lambda w, h, c: "\n".join("".join(c for _ in range(w)) for _ in range(h)),
        weight=0.6,
    ),
    Family(
        "line_of",
        "one line of n characters c",
        {"n": Int(2, 40), "c": SIGN},
        "I draw a line.",
        "print({c} * {n})",
        lambda n, c: "".join(c for _ in range(n)),
        weight=0.6,
    ),
    Family(
        "squares_table",
        "the numbers from 1 to n with their squares, one line each, as in '3 9'",
        {"n": Int(2, 12)},
        "I print the numbers with their squares.",
        "for k in range(1, {n} + 1):\n    print(k, k ** 2)",
        lambda n: "\n".join(f"{k} {k * k}" for k in range(1, n + 1)),
        weight=0.7,
    ),
    Family(
        "table_second",
        "the name with the second largest number in the table t",
        {"t": T},
        "I take the name with the second largest number.",
        TABLE + "print(sorted(table, key=table.get)[-2])",
        lambda t: _ranked(t)[1],
        shown=True,
    ),
    Family(
        "upside_down_triangle",
        "a triangle of n lines made of stars that gets smaller: n stars, then n - 1, … one",
        {"n": Int(2, 9)},
        "I draw a triangle upside down.",
        "for k in range({n}, 0, -1):\n    print('*' * k)",
        lambda n: "\n".join("".join("*" for _ in range(k)) for k in range(n, 0, -1)),
        shown=True,
    ),
    Family(
        "table_swapped",
        "the numbers of the table t as keys with their names, as a dictionary",
        {"t": T},
        "I exchange names and numbers.",
        TABLE + "print({number: name for name, number in table.items()})",
        lambda t: dict(zip(t.values(), t.keys(), strict=True)),
        held_out=True,
    ),
    Family(
        "diagonal_sum",
        "the sum of the diagonal (top left, bottom right) of the 2 x 2 matrix m",
        {"m": M2},
        "I add up the diagonal.",
        "rows = {m}\nprint(rows[0][0] + rows[1][1])",
        lambda m: sum((m[0][0], m[1][1])),
        held_out=True,
    ),
)
