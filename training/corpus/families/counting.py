"""Combinatorics and probability, with and without chance."""

import math
from fractions import Fraction
from itertools import permutations

from training.corpus.exact import Numeric, factorial
from training.corpus.family import Check, Family
from training.corpus.values import Int, Numbers, Word, Words


def _falling(n: int, k: int) -> int:
    answer = 1
    for step in range(k):
        answer *= n - step
    return answer


def _choose(n: int, k: int) -> int:
    return _falling(n, k) // factorial(k)


def _arrangements(w: str) -> int:
    answer = factorial(len(w))
    for letter in set(w):
        answer //= factorial(w.count(letter))
    return answer


def _between(a: int, b: int) -> Check:
    return lambda output: output.isdigit() and a <= int(output) <= b


def _one_of(items: list[Numeric] | list[str]) -> Check:
    return lambda output: output in map(str, items)


def _shuffled(items: list[Numeric] | list[str]) -> Check:
    return lambda output: sorted(output) == sorted(str(items))


def _near(answer: Fraction) -> Check:
    return lambda output: math.isclose(float(output), float(answer), rel_tol=1e-9)


def _ways(s: int) -> int:
    return max(0, 6 - abs(7 - s))


FAMILIES = (
    Family(
        "permutations",
        "in how many ways k of n different things can be arranged in order (nPk)",
        {"n": Int(2, 15), "k": Int(1, 6)},
        "I count the ordered choices.",
        "import math\nprint(math.perm({n}, {k}))",
        _falling,
        where=lambda n, k: k <= n,
        kind="choose",
        mistaken=("combinations",),
        weight=1.2,
    ),
    Family(
        "combinations",
        "in how many ways k of n different things can be chosen when the order does not matter (n choose k)",
        {"n": Int(2, 30), "k": Int(1, 8)},
        "I count the choices without order.",
        "import math\nprint(math.comb({n}, {k}))",
        _choose,
        where=lambda n, k: k <= n,
        kind="choose",
        mistaken=("permutations",),
        weight=1.5,
    ),
    Family(
        "arrange_items",
        "in how many orders n different things (books, people) can stand in a row",
        {"n": Int(2, 12)},
        "I compute the factorial.",
        "import math\nprint(math.factorial({n}))",
        factorial,
        weight=1.2,
    ),
    Family(
        "handshakes",
        "how many handshakes there are when n people each shake hands once with every other",
        {"n": Int(2, 60)},
        "I count the pairs.",
        "print({n} * ({n} - 1) // 2)",
        lambda n: len([1 for a in range(n) for b in range(a)]),
        weight=0.8,
    ),
    Family(
        "count_subsets",
        "how many subsets a set of n elements has",
        {"n": Int(0, 20)},
        "I count the subsets.",
        "print(2 ** {n})",
        lambda n: sum(_choose(n, k) for k in range(n + 1)),
        weight=0.7,
    ),
    Family(
        "outfits",
        "how many combinations a of one kind and b of another give (shirts and trousers)",
        {"a": Int(2, 15), "b": Int(2, 15)},
        "I multiply the possibilities.",
        "print({a} * {b})",
        lambda a, b: len([1 for _ in range(a) for _ in range(b)]),
        weight=0.8,
    ),
    Family(
        "codes",
        "how many codes (PINs, passwords) of n places there are when each place has k possibilities",
        {"n": Int(2, 8), "k": Int(2, 30)},
        "I raise the possibilities to the number of places.",
        "print({k} ** {n})",
        lambda n, k: math.prod([k] * n),
        weight=0.8,
    ),
    Family(
        "word_arrangements",
        "how many different arrangements the letters of the word w have (repeated letters counted properly)",
        {"w": Word(plain=True)},
        "I count the arrangements of the letters.",
        "import math\nword = {w}\nways = math.factorial(len(word))\nfor c in set(word):\n"
        "    ways //= math.factorial(word.count(c))\nprint(ways)",
        _arrangements,
        where=lambda w: len(w) < 11,
        weight=0.7,
    ),
    Family(
        "list_permutations",
        "all orders of the list items (two or three numbers), as a list of tuples",
        {"items": Numbers(1, 20, 2, 3, decimals=0, negatives=0, distinct=True)},
        "I form all orders.",
        "from itertools import permutations\nnums = {items}\nprint(list(permutations(nums)))",
        lambda items: [
            (items[i], *rest) for i in range(len(items)) for rest in permutations(items[:i] + items[i + 1 :])
        ],
        weight=0.6,
    ),
    Family(
        "coin_flip",
        "the random result of one coin flip: heads or tails",
        {},
        "I flip a coin.",
        "import random\nprint(random.choice(['heads', 'tails']))",
        lambda: _one_of(["heads", "tails"]),
        weight=1.2,
    ),
    Family(
        "dice_roll",
        "the random result of one roll of a six-sided die",
        {},
        "I roll a die.",
        "import random\nprint(random.randint(1, 6))",
        lambda: _between(1, 6),
        weight=1.2,
    ),
    Family(
        "roll_many",
        "the random results of n rolls of a six-sided die, as a list",
        {"n": Int(2, 12)},
        "I roll several dice.",
        "import random\nprint([random.randint(1, 6) for _ in range({n})])",
        lambda n: lambda output: len(output) == 3 * n and all(c in "123456" for c in output[1::3]),
        weight=0.8,
    ),
    Family(
        "random_number",
        "a random whole number from a to b, both possible",
        {"a": Int(0, 50), "b": Int(2, 1000)},
        "I draw a random number.",
        "import random\nprint(random.randint({a}, {b}))",
        _between,
        where=lambda a, b: a < b,
        weight=1.5,
    ),
    Family(
        "random_choice",
        "one randomly picked element of the list items of words",
        {"items": Words(2, 6)},
        "I pick one at random.",
        "import random\nwords = {items}\nprint(random.choice(words))",
        _one_of,
        weight=1.2,
    ),
    Family(
        "shuffle",
        "the list items in random order, as a list",
        {"items": Numbers(decimals=0, longest=8)},
        "I shuffle the list.",
        "import random\nnums = {items}\nrandom.shuffle(nums)\nprint(nums)",
        _shuffled,
        weight=0.9,
    ),
    Family(
        "random_password",
        "a random password of n letters and digits",
        {"n": Int(4, 24)},
        "I draw random letters and digits.",
        "import random\nimport string\nprint(''.join(random.choices(string.ascii_letters + string.digits, k={n})))",
        lambda n: lambda output: len(output) == n and output.isalnum(),
        weight=0.9,
    ),
    Family(
        "chance_of_drawing",
        "the probability of drawing one of a things out of b things in all (a/b), as a decimal number",
        {"a": Int(1, 20), "b": Int(2, 60)},
        "I divide the favourable cases by all cases.",
        "print({a} / {b})",
        lambda a, b: _near(Fraction(a, b)),
        where=lambda a, b: a < b,
    ),
    Family(
        "chance_of_colors",
        "the probability of drawing a red one from a bag with a red and b blue ones, as a decimal number",
        {"a": Int(1, 20), "b": Int(1, 20)},
        "I divide the red ones by all.",
        "print({a} / ({a} + {b}))",
        lambda a, b: _near(Fraction(a, a + b)),
        weight=0.8,
    ),
    Family(
        "chance_all_heads",
        "the probability that n coin flips are all heads, as a decimal number",
        {"n": Int(1, 10)},
        "I multiply the chances of the flips.",
        "print(0.5 ** {n})",
        lambda n: _near(Fraction(1, 2**n)),
        weight=0.8,
    ),
    Family(
        "chance_of_face",
        "the probability of rolling one given number on a fair die with n sides, as a decimal number",
        {"n": Int(4, 20)},
        "I divide one by the number of sides.",
        "print(1 / {n})",
        lambda n: _near(Fraction(1, n)),
        weight=0.7,
    ),
    Family(
        "dice_sum_ways",
        "in how many of the 36 rolls of two dice the sum is s",
        {"s": Int(2, 12)},
        "I count the rolls of two dice.",
        "print(len([1 for a in range(1, 7) for b in range(1, 7) if a + b == {s}]))",
        _ways,
        weight=0.8,
    ),
    Family(
        "dice_sum_chance",
        "the probability that two dice add up to s, rounded to four decimals",
        {"s": Int(2, 12)},
        "I divide the rolls with that sum by 36.",
        "print(round(len([1 for a in range(1, 7) for b in range(1, 7) if a + b == {s}]) / 36, 4))",
        lambda s: lambda output: abs(float(output) - _ways(s) / 36) < 0.00006,
        weight=0.8,
        mistaken=("dice_sum_ways",),
    ),
    Family(
        "complement_chance",
        "the probability that something does not happen that happens with p percent, in percent",
        {"p": Int(1, 99, words=False)},
        "I subtract from 100.",
        "print(100 - {p})",
        lambda p: len(range(p, 100)),
        weight=0.6,
    ),
    Family(
        "games_in_round_robin",
        "how many games n teams play when each plays every other twice (home and away)",
        {"n": Int(2, 24)},
        "I count the ordered pairs.",
        "print({n} * ({n} - 1))",
        lambda n: len([1 for a in range(n) for b in range(n) if a != b]),
        shown=True,
    ),
    Family(
        "circle_seatings",
        "in how many ways n people can sit around a round table",
        {"n": Int(2, 12)},
        "I compute the factorial of one less.",
        "import math\nprint(math.factorial({n} - 1))",
        lambda n: factorial(n) // n,
        held_out=True,
    ),
)
