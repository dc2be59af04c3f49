"""Files that come with the message: the program opens them by name.

The slot `content` is what stands in the file; it is never written into the question.
"""

from collections.abc import Callable
from random import Random

from training.corpus.exact import exact
from training.corpus.family import Check, Family
from training.corpus.lexicon import NAMES, data_word
from training.corpus.values import Drawer, Drawn, Int, Slot, Taste

COLUMNS = (
    "amount",
    "cost",
    "age",
    "points",
    "price",
    "quantity",
    "distance",
    "salary",
    "grade",
    "weight",
    "value",
    "pages",
    "goals",
    "total",
)
TABLES = (
    "sales",
    "expenses",
    "people",
    "scores",
    "orders",
    "stock",
    "trips",
    "energy",
    "grades",
    "data",
    "team",
    "books",
    "prices",
)
TEXTS = (
    "notes",
    "names",
    "words",
    "list",
    "log",
    "story",
    "items",
    "input",
    "poem",
    "todo",
    "lines",
    "report",
    "animals",
    "cities",
)
NUMBERS = ("numbers", "values", "measurements", "temps", "results", "data", "readings", "nums")


def _named(known: tuple[str, ...], ending: str) -> Slot:
    def draw(rng: Random, taste: Taste, drawn: Drawn) -> str:
        if rng.random() < 0.6:
            return rng.choice(known) + ending
        name = data_word(rng, tiny=True, held_out=taste.held_out)
        return name + (str(rng.randint(1, 2026)) if rng.random() < 0.2 else "") + ending

    return Drawer(draw)


def _column(rng: Random, taste: Taste, drawn: Drawn) -> str:
    return rng.choice(COLUMNS) if rng.random() < 0.75 else data_word(rng, tiny=True, held_out=taste.held_out)


def _table(rng: Random, taste: Taste, drawn: Drawn) -> str:
    """A table with the columns name and `c`, whole numbers or numbers with two decimals."""
    rows = [["name", str(drawn["c"])]]
    decimal = rng.random() < 0.3
    for name in rng.sample(NAMES, rng.randint(2, 12)):
        number = rng.randint(1, 20_000)
        rows.append([name, f"{number / 100:.2f}" if decimal else str(number // 20)])
    return "\n".join(",".join(row) for row in rows) + "\n"


def _any_table(rng: Random, taste: Taste, drawn: Drawn) -> str:
    """A table with a second column of any name."""
    return _table(rng, taste, {"c": _column(rng, taste, drawn)})


def _text(rng: Random, taste: Taste, drawn: Drawn) -> str:
    lines = [" ".join(data_word(rng) for _ in range(rng.randint(1, 6))) for _ in range(rng.randint(2, 12))]
    return "\n".join(lines) + "\n"


def _numbers(rng: Random, taste: Taste, drawn: Drawn) -> str:
    return "".join(f"{rng.randint(-20, 500)}\n" for _ in range(rng.randint(2, 15)))


CSV, TXT, NUM = _named(TABLES, ".csv"), _named(TEXTS, ".txt"), _named(NUMBERS, ".txt")
C = Drawer(_column)
TABLE, LINES, ROWS = Drawer(_table), Drawer(_text), Drawer(_numbers)
HIDDEN = "content"


def _column_of(content: str) -> list[str]:
    return [line.split(",")[1] for line in content.split("\n")[1:-1]]


def _names_of(content: str) -> list[str]:
    return [line.split(",")[0] for line in content.split("\n")[1:-1]]


def _near(number: float) -> Check:
    return lambda output: abs(float(output) - number) < 0.0051


def _lines(content: str) -> list[str]:
    return content.split("\n")[:-1]


def _one(choose: Callable[[list[int]], int], items: list[str]) -> bool:
    sizes = [len(item) for item in items]
    return sizes.count(choose(sizes)) == 1


def _longest(lines: list[str]) -> str:
    return sorted(lines, key=len)[-1]


OPEN_CSV = "import csv\nrows = list(csv.DictReader(open({f})))\n"
OPEN_TEXT = "lines = open({f}).read().splitlines()\n"
OPEN_NUMBERS = "nums = [float(line) for line in open({f})]\n"
WITH_TABLE = {"f": CSV, "c": C, HIDDEN: TABLE}
WITH_TEXT = {"f": TXT, HIDDEN: LINES}
WITH_NUMBERS = {"f": NUM, HIDDEN: ROWS}


def _sum(numbers: list[str]) -> float:
    return float(sum(exact(float(number)) for number in numbers))


FAMILIES = (
    Family(
        "csv_sum",
        "the sum of the column c of the attached file f (CSV)",
        WITH_TABLE,
        "I add up the column of the file.",
        OPEN_CSV + "print(round(sum(float(row[{c}]) for row in rows), 2))",
        lambda f, c, content: _near(_sum(_column_of(content))),
        kind="csv",
        weight=2,
    ),
    Family(
        "csv_average",
        "the average of the column c of the attached file f (CSV), rounded to two decimals",
        WITH_TABLE,
        "I average the column of the file.",
        OPEN_CSV + "print(round(sum(float(row[{c}]) for row in rows) / len(rows), 2))",
        lambda f, c, content: _near(_sum(_column_of(content)) / len(_column_of(content))),
        kind="csv",
        weight=1.5,
    ),
    Family(
        "csv_maximum",
        "the largest number in the column c of the attached file f (CSV)",
        WITH_TABLE,
        "I take the largest number of the column.",
        OPEN_CSV + "print(max(float(row[{c}]) for row in rows))",
        lambda f, c, content: sorted(map(float, _column_of(content)))[-1],
        kind="csv",
        mistaken=("csv_minimum",),
    ),
    Family(
        "csv_minimum",
        "the smallest number in the column c of the attached file f (CSV)",
        WITH_TABLE,
        "I take the smallest number of the column.",
        OPEN_CSV + "print(min(float(row[{c}]) for row in rows))",
        lambda f, c, content: sorted(map(float, _column_of(content)))[0],
        kind="csv",
        mistaken=("csv_maximum",),
    ),
    Family(
        "csv_best_name",
        "the name (column 'name') in the row with the largest number in the column c of the attached file f (CSV)",
        WITH_TABLE,
        "I take the name of the row with the largest number.",
        OPEN_CSV + "print(max(rows, key=lambda row: float(row[{c}]))['name'])",
        lambda f, c, content: max(zip(map(float, _column_of(content)), _names_of(content), strict=True))[1],
        where=lambda f, c, content: len(set(_column_of(content))) == len(_column_of(content)),
        kind="csv",
    ),
    Family(
        "csv_count_above",
        "how many rows of the attached file f (CSV) have more than k in the column c",
        {**WITH_TABLE, "k": Int(5, 500)},
        "I count the rows above the limit.",
        OPEN_CSV + "print(len([row for row in rows if float(row[{c}]) > {k}]))",
        lambda f, c, content, k: sum(1 for number in _column_of(content) if exact(float(number)) > k),
        weight=0.8,
    ),
    Family(
        "csv_rows",
        "how many rows of data (without the heading) the attached file f (CSV) has",
        {"f": CSV, HIDDEN: Drawer(_any_table)},
        "I count the rows of the file.",
        OPEN_CSV + "print(len(rows))",
        lambda f, content: content.count("\n") - 1,
        kind="csv_file",
        weight=1.2,
    ),
    Family(
        "csv_columns",
        "the names of the columns of the attached file f (CSV), as a list",
        {"f": CSV, HIDDEN: Drawer(_any_table)},
        "I list the columns of the file.",
        OPEN_CSV + "print(list(rows[0]))",
        lambda f, content: content.split("\n")[0].split(","),
        kind="csv_file",
        weight=0.8,
    ),
    Family(
        "csv_column",
        "the values of the column c of the attached file f (CSV), as a list of texts",
        WITH_TABLE,
        "I list the values of the column.",
        OPEN_CSV + "print([row[{c}] for row in rows])",
        lambda f, c, content: _column_of(content),
        kind="csv",
        weight=0.8,
    ),
    Family(
        "text_lines",
        "how many lines the attached file f has",
        WITH_TEXT,
        "I count the lines of the file.",
        OPEN_TEXT + "print(len(lines))",
        lambda f, content: content.count("\n"),
        kind="text",
        weight=2,
    ),
    Family(
        "text_words",
        "how many words the attached file f has",
        WITH_TEXT,
        "I count the words of the file.",
        "print(len(open({f}).read().split()))",
        lambda f, content: content.count("\n") + content.count(" "),
        kind="text",
        weight=1.5,
        mistaken=("text_lines",),
    ),
    Family(
        "text_characters",
        "how many characters the attached file f has, line breaks included",
        WITH_TEXT,
        "I count the characters of the file.",
        "print(len(open({f}).read()))",
        lambda f, content: len(content),
        kind="text",
        weight=0.8,
    ),
    Family(
        "text_longest_line",
        "the longest line of the attached file f (exactly one is longest)",
        WITH_TEXT,
        "I take the longest line of the file.",
        OPEN_TEXT + "print(max(lines, key=len))",
        lambda f, content: _longest(_lines(content)),
        where=lambda f, content: _one(max, _lines(content)),
        kind="text",
        mistaken=("text_shortest_line",),
        weight=1.5,
    ),
    Family(
        "text_shortest_line",
        "the shortest line of the attached file f (exactly one is shortest)",
        WITH_TEXT,
        "I take the shortest line of the file.",
        OPEN_TEXT + "print(min(lines, key=len))",
        lambda f, content: sorted(_lines(content), key=len)[0],
        where=lambda f, content: _one(min, _lines(content)),
        kind="text",
        mistaken=("text_longest_line",),
    ),
    Family(
        "text_longest_word",
        "the longest word of the attached file f (exactly one is longest)",
        WITH_TEXT,
        "I take the longest word of the file.",
        "print(max(open({f}).read().split(), key=len))",
        lambda f, content: _longest(content.split()),
        where=lambda f, content: _one(max, content.split()),
        kind="text",
    ),
    Family(
        "text_first_line",
        "the first line of the attached file f",
        WITH_TEXT,
        "I print the first line of the file.",
        OPEN_TEXT + "print(lines[0])",
        lambda f, content: content[: content.index("\n")],
        kind="text",
        mistaken=("text_last_line",),
    ),
    Family(
        "text_last_line",
        "the last line of the attached file f",
        WITH_TEXT,
        "I print the last line of the file.",
        OPEN_TEXT + "print(lines[-1])",
        lambda f, content: content[:-1].split("\n")[-1],
        kind="text",
        mistaken=("text_first_line",),
    ),
    Family(
        "text_sorted",
        "the lines of the attached file f in alphabetical order, as a list",
        WITH_TEXT,
        "I sort the lines of the file.",
        OPEN_TEXT + "print(sorted(lines))",
        lambda f, content: sorted(sorted(_lines(content), key=len)),
        kind="text",
        weight=0.8,
    ),
    Family(
        "text_show",
        "the whole content of the attached file f, printed",
        WITH_TEXT,
        "I print the file.",
        "print(open({f}).read())",
        lambda f, content: content,
        kind="text",
        weight=0.8,
    ),
    Family(
        "text_count_word",
        "how many times the word w occurs as a whole word in the attached file f",
        {"w": Drawer(lambda rng, taste, drawn: data_word(rng, tiny=taste.tiny, held_out=taste.held_out)), **WITH_TEXT},
        "I count the word in the file.",
        "print(open({f}).read().split().count({w}))",
        lambda w, f, content: sum(1 for word in content.split() if word == w),
        weight=1.2,
    ),
    Family(
        "number_file_sum",
        "the sum of the numbers in the attached file f, which has one number on each line",
        WITH_NUMBERS,
        "I add up the numbers of the file.",
        OPEN_NUMBERS + "print(sum(nums))",
        lambda f, content: _sum(content.split()),
        kind="number_file",
        weight=1.5,
    ),
    Family(
        "number_file_average",
        "the average of the numbers in the attached file f, which has one number on each line, rounded to two decimals",
        WITH_NUMBERS,
        "I average the numbers of the file.",
        OPEN_NUMBERS + "print(round(sum(nums) / len(nums), 2))",
        lambda f, content: _near(_sum(content.split()) / content.count("\n")),
        kind="number_file",
        weight=1.2,
    ),
    Family(
        "number_file_maximum",
        "the largest of the numbers in the attached file f, which has one number on each line",
        WITH_NUMBERS,
        "I take the largest number of the file.",
        OPEN_NUMBERS + "print(max(nums))",
        lambda f, content: sorted(map(float, content.split()))[-1],
        kind="number_file",
    ),
    Family(
        "text_upper",
        "the whole content of the attached file f in capital letters, printed",
        WITH_TEXT,
        "I print the file in capitals.",
        "print(open({f}).read().upper())",
        lambda f, content: content.upper(),
        shown=True,
    ),
    Family(
        "text_numbered",
        "the lines of the attached file f with their numbers in front, as in '1: apple'",
        WITH_TEXT,
        "I number the lines of the file.",
        OPEN_TEXT + "for n, line in enumerate(lines, 1):\n    print(f'{n}: {line}')",
        lambda f, content: "\n".join(f"{k + 1}: {line}" for k, line in enumerate(_lines(content))),
        held_out=True,
    ),
)
