"""Money and percentages: prices, discounts, interest, wages."""

from fractions import Fraction

from training.corpus.exact import Numeric, exact
from training.corpus.family import Check, Family
from training.corpus.values import Int, Number

PRICE = Number(1, 300, decimals=0.45)
PERCENT = Int(1, 90, words=False)
SMALL_PERCENT = Number(1, 25, decimals=0.3, places=1)
COUNT = Int(2, 20)


def cents(answer: Fraction) -> Check:
    """The output is this number rounded to two places; a tie may fall to either side."""
    return lambda output: abs(exact(float(output)) - answer) <= Fraction(1, 200) + Fraction(1, 10**9)


def _part(p: Numeric) -> Fraction:
    return exact(p) / 100


def _compound(m: Numeric, p: Numeric, n: int) -> Fraction:
    amount = exact(m)
    for _ in range(n):
        amount += amount * _part(p)
    return amount


FAMILIES = (
    Family(
        "discount_price",
        "the new price when a price x is reduced by p percent, rounded to cents",
        {"x": PRICE, "p": PERCENT},
        "I take the discount off the price.",
        "print(round({x} * (100 - {p}) / 100, 2))",
        lambda x, p: cents(exact(x) - exact(x) * _part(p)),
        mistaken=("discount_amount",),
        weight=2,
    ),
    Family(
        "discount_amount",
        "how much money is saved when a price x is reduced by p percent, rounded to cents",
        {"x": PRICE, "p": PERCENT},
        "I compute the saving.",
        "print(round({x} * {p} / 100, 2))",
        lambda x, p: cents(exact(x) * _part(p)),
        mistaken=("discount_price",),
    ),
    Family(
        "price_with_tax",
        "the total when p percent tax (VAT, sales tax) is added to a price x, rounded to cents",
        {"x": PRICE, "p": PERCENT},
        "I add the tax to the price.",
        "print(round({x} * (100 + {p}) / 100, 2))",
        lambda x, p: cents(exact(x) + exact(x) * _part(p)),
        mistaken=("tax_amount",),
        weight=1.5,
    ),
    Family(
        "tax_amount",
        "how much tax p percent of a price x is (only the tax), rounded to cents",
        {"x": PRICE, "p": PERCENT},
        "I compute the tax.",
        "print(round({x} * {p} / 100, 2))",
        lambda x, p: cents(exact(x) * _part(p)),
        mistaken=("price_with_tax",),
    ),
    Family(
        "tip_amount",
        "how much a tip of p percent on a bill of x is, rounded to cents",
        {"x": PRICE, "p": Int(5, 30, words=False)},
        "I compute the tip.",
        "print(round({x} * {p} / 100, 2))",
        lambda x, p: cents(exact(x) * _part(p)),
        mistaken=("bill_with_tip",),
        weight=1.5,
    ),
    Family(
        "bill_with_tip",
        "the total to pay for a bill of x with a tip of p percent, rounded to cents",
        {"x": PRICE, "p": Int(5, 30, words=False)},
        "I add the tip to the bill.",
        "print(round({x} * (100 + {p}) / 100, 2))",
        lambda x, p: cents(exact(x) + exact(x) * _part(p)),
        mistaken=("tip_amount",),
        weight=1.2,
    ),
    Family(
        "split_bill",
        "what each of n people pays when a bill of x is shared equally, rounded to cents",
        {"x": PRICE, "n": COUNT},
        "I divide the bill by the people.",
        "print(round({x} / {n}, 2))",
        lambda x, n: cents(exact(x) / n),
        weight=1.5,
    ),
    Family(
        "split_bill_with_tip",
        "what each of n people pays when a bill of x plus p percent tip is shared equally, rounded to cents",
        {"x": PRICE, "p": Int(5, 30, words=False), "n": Int(2, 10)},
        "I add the tip and divide by the people.",
        "print(round({x} * (100 + {p}) / 100 / {n}, 2))",
        lambda x, p, n: cents(exact(x) * (1 + _part(p)) / n),
        weight=0.8,
    ),
    Family(
        "change",
        "the change (money back) when someone pays with g for something that costs x, rounded to cents",
        {"x": PRICE, "g": Int(5, 500)},
        "I subtract the price from the money given.",
        "print(round({g} - {x}, 2))",
        lambda x, g: cents(exact(g) - exact(x)),
        where=lambda x, g: g > x,
        weight=1.5,
    ),
    Family(
        "cost_of_many",
        "the price of n pieces at x each, rounded to cents",
        {"n": Int(2, 50), "x": PRICE},
        "I multiply the price by the number.",
        "print(round({n} * {x}, 2))",
        lambda n, x: cents(n * exact(x)),
        weight=2,
    ),
    Family(
        "cost_of_two_kinds",
        "the price of a pieces at x each and b pieces at y each together, rounded to cents",
        {"a": COUNT, "x": PRICE, "b": COUNT, "y": PRICE},
        "I add the costs of both kinds.",
        "print(round({a} * {x} + {b} * {y}, 2))",
        lambda a, x, b, y: cents(a * exact(x) + b * exact(y)),
        weight=1.5,
    ),
    Family(
        "unit_price",
        "the price of one piece when n pieces cost x together, rounded to cents",
        {"n": COUNT, "x": PRICE},
        "I divide the price by the number.",
        "print(round({x} / {n}, 2))",
        lambda n, x: cents(exact(x) / n),
        weight=1.2,
    ),
    Family(
        "how_many_affordable",
        "how many whole pieces at x each one can buy with g",
        {"x": Number(1, 40, decimals=0.4), "g": Int(20, 500)},
        "I divide the money by the price.",
        "print(int({g} // {x}))",
        lambda x, g: int(exact(g) / exact(x)),
        where=lambda x, g: (100 * exact(g)) % exact(x) != 0 or isinstance(x, int),
    ),
    Family(
        "simple_interest",
        "the simple interest on m at p percent a year over n years, rounded to cents",
        {"m": Int(100, 20000), "p": SMALL_PERCENT, "n": Int(1, 15)},
        "I compute the simple interest.",
        "print(round({m} * {p} / 100 * {n}, 2))",
        lambda m, p, n: cents(exact(m) * _part(p) * n),
        mistaken=("compound_amount",),
        weight=1.3,
    ),
    Family(
        "compound_amount",
        "what m grows to with compound interest of p percent a year after n years, rounded to cents",
        {"m": Int(100, 20000), "p": SMALL_PERCENT, "n": Int(1, 15)},
        "I compute the compound amount.",
        "print(round({m} * (1 + {p} / 100) ** {n}, 2))",
        lambda m, p, n: cents(_compound(m, p, n)),
        mistaken=("simple_interest",),
        weight=1.5,
    ),
    Family(
        "compound_interest",
        "only the compound interest earned on m at p percent a year after n years (final amount minus m), "
        "rounded to cents",
        {"m": Int(100, 20000), "p": SMALL_PERCENT, "n": Int(1, 15)},
        "I compute the compound interest.",
        "print(round({m} * (1 + {p} / 100) ** {n} - {m}, 2))",
        lambda m, p, n: cents(_compound(m, p, n) - m),
        mistaken=("compound_amount",),
        weight=0.8,
    ),
    Family(
        "wage",
        "the pay for h hours at w an hour, rounded to cents",
        {"h": Int(1, 60), "w": Number(8, 60, decimals=0.4)},
        "I multiply the hours by the wage.",
        "print(round({h} * {w}, 2))",
        lambda h, w: cents(h * exact(w)),
        weight=1.2,
    ),
    Family(
        "yearly_salary",
        "the pay for a year when the pay for a month is x",
        {"x": Int(500, 9000)},
        "I multiply the monthly pay by twelve.",
        "print({x} * 12)",
        lambda x: sum([x] * 12),
        weight=0.8,
    ),
    Family(
        "monthly_salary",
        "the pay for a month when the pay for a year is x, rounded to cents",
        {"x": Int(6000, 120000)},
        "I divide the yearly pay by twelve.",
        "print(round({x} / 12, 2))",
        lambda x: cents(Fraction(x, 12)),
        weight=0.8,
        mistaken=("yearly_salary",),
    ),
    Family(
        "savings",
        "how much is saved after n weeks (or months) with x each",
        {"x": Int(5, 500), "n": Int(2, 52)},
        "I multiply the saving by the number.",
        "print({x} * {n})",
        lambda x, n: sum([x] * n),
    ),
    Family(
        "time_to_save",
        "how many weeks (or months) one must save x each to have at least g (rounded up)",
        {"x": Int(5, 200), "g": Int(50, 3000)},
        "I divide the goal by the saving and round up.",
        "import math\nprint(math.ceil({g} / {x}))",
        lambda x, g: len(range(0, g, x)),
        where=lambda x, g: g > x,
    ),
    Family(
        "profit",
        "the profit when something bought for x is sold for y (y minus x), rounded to cents",
        {"x": PRICE, "y": PRICE},
        "I subtract the cost from the price.",
        "print(round({y} - {x}, 2))",
        lambda x, y: cents(exact(y) - exact(x)),
        where=lambda x, y: y > x,
    ),
    Family(
        "profit_percent",
        "the profit in percent of the cost when something bought for x is sold for y, rounded to two decimals",
        {"x": PRICE, "y": PRICE},
        "I compute the profit in percent.",
        "print(round(({y} - {x}) / {x} * 100, 2))",
        lambda x, y: cents((exact(y) - exact(x)) / exact(x) * 100),
        where=lambda x, y: y > x,
        weight=0.7,
    ),
    Family(
        "currency",
        "x units of one currency in another at the rate r (x times r), rounded to cents",
        {"x": Number(1, 1000), "r": Number(0, 3, decimals=1.0, places=3)},
        "I multiply the amount by the rate.",
        "print(round({x} * {r}, 2))",
        lambda x, r: cents(exact(x) * exact(r)),
        where=lambda x, r: r > 0,
    ),
    Family(
        "money_left",
        "the money left from g after spending x and y, rounded to cents",
        {"g": Int(20, 800), "x": PRICE, "y": PRICE},
        "I subtract both expenses.",
        "print(round({g} - {x} - {y}, 2))",
        lambda g, x, y: cents(exact(g) - (exact(x) + exact(y))),
        where=lambda g, x, y: g > x + y,
    ),
    Family(
        "price_before_discount",
        "the original price when the price after a discount of p percent is x, rounded to cents",
        {"x": PRICE, "p": Int(5, 75, words=False)},
        "I divide by the share that is left.",
        "print(round({x} * 100 / (100 - {p}), 2))",
        lambda x, p: cents(exact(x) / (1 - _part(p))),
        weight=0.7,
    ),
    Family(
        "price_before_tax",
        "the net price when the price with p percent tax included is x, rounded to cents",
        {"x": PRICE, "p": Int(3, 30, words=False)},
        "I divide by the share with tax.",
        "print(round({x} * 100 / (100 + {p}), 2))",
        lambda x, p: cents(exact(x) / (1 + _part(p))),
        weight=0.6,
        mistaken=("price_with_tax",),
    ),
    Family(
        "two_discounts",
        "the price of x after a discount of p percent and then another of q percent, rounded to cents",
        {"x": PRICE, "p": Int(5, 50, words=False), "q": Int(5, 50, words=False)},
        "I take off one discount after the other.",
        "print(round({x} * (100 - {p}) / 100 * (100 - {q}) / 100, 2))",
        lambda x, p, q: cents(exact(x) * (1 - _part(p)) * (1 - _part(q))),
        shown=True,
    ),
    Family(
        "loan_rate",
        "the monthly rate when x is paid back in n equal months plus a fee of f each month, rounded to cents",
        {"x": Int(100, 9000), "n": Int(3, 36), "f": Int(1, 20)},
        "I divide the loan and add the fee.",
        "print(round({x} / {n} + {f}, 2))",
        lambda x, n, f: cents(Fraction(x + n * f, n)),
        held_out=True,
    ),
)
