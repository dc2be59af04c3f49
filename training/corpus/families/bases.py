"""Number bases, Roman numerals and bits."""

from collections.abc import Callable
from random import Random

from training.corpus.exact import based, roman
from training.corpus.family import Family
from training.corpus.values import Drawer, Drawn, Int, Taste

N = Int(0, 1023, words=False)


def _written_in(base: int, low: int, high: int) -> Drawer:
    def draw(rng: Random, taste: Taste, drawn: Drawn) -> str:
        return based(rng.randint(low, max(low, min(high, 40)) if taste.tiny else high), base)

    return Drawer(draw, lambda rng, value: value.upper() if base == 16 and rng.random() < 0.3 else value)


def _roman(rng: Random, taste: Taste, drawn: Drawn) -> str:
    return roman(rng.randint(1, rng.choice((20, 100, 3999))))


def _value(text: str, base: int) -> int:
    answer = 0
    for digit in text.lower():
        answer = answer * base + "0123456789abcdef".index(digit)
    return answer


def _of_roman(r: str) -> int:
    return next(number for number in range(1, 4000) if roman(number) == r)


def _bits(act: Callable[[bool, bool], bool]) -> Callable[[int, int], int]:
    def compute(a: int, b: int) -> int:
        pairs = zip(based(a, 2).zfill(12), based(b, 2).zfill(12), strict=True)
        return _value("".join(str(int(act(x == "1", y == "1"))) for x, y in pairs), 2)

    return compute


TO_ROMAN = """\
n, text = {n}, ''
for value, letters in zip([1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1], \
'M CM D CD C XC L XL X IX V IV I'.split()):
    text += letters * (n // value)
    n %= value
print(text)"""
FROM_ROMAN = """\
values = dict(I=1, V=5, X=10, L=50, C=100, D=500, M=1000)
nums = [values[c] for c in {r}]
print(sum(-a if a < b else a for a, b in zip(nums, nums[1:] + [0])))"""
TO_BASE = """\
n, digits = {n}, ''
while n:
    digits = str(n % {b}) + digits
    n //= {b}
print(digits)"""

FAMILIES = (
    Family(
        "to_binary",
        "the decimal number n in binary, digits only (10 gives 1010)",
        {"n": N},
        "I write the number in binary.",
        "print(format({n}, 'b'))",
        lambda n: based(n, 2),
        kind="integer",
        weight=2,
    ),
    Family(
        "to_hexadecimal",
        "the decimal number n in hexadecimal, small letters, digits only (255 gives ff)",
        {"n": Int(0, 70000, words=False)},
        "I write the number in hexadecimal.",
        "print(format({n}, 'x'))",
        lambda n: based(n, 16),
        kind="integer",
        weight=1.5,
    ),
    Family(
        "to_octal",
        "the decimal number n in octal, digits only (8 gives 10)",
        {"n": N},
        "I write the number in octal.",
        "print(format({n}, 'o'))",
        lambda n: based(n, 8),
        kind="integer",
    ),
    Family(
        "from_binary",
        "the binary number x (zeros and ones) as a decimal number",
        {"x": _written_in(2, 2, 1023)},
        "I read the number as binary.",
        "print(int({x}, 2))",
        lambda x: _value(x, 2),
        weight=1.8,
    ),
    Family(
        "from_hexadecimal",
        "the hexadecimal number x as a decimal number",
        {"x": _written_in(16, 10, 70000)},
        "I read the number as hexadecimal.",
        "print(int({x}, 16))",
        lambda x: _value(x, 16),
        weight=1.2,
    ),
    Family(
        "from_octal",
        "the octal number x as a decimal number",
        {"x": _written_in(8, 8, 4000)},
        "I read the number as octal.",
        "print(int({x}, 8))",
        lambda x: _value(x, 8),
        weight=0.8,
    ),
    Family(
        "to_base",
        "the decimal number n written in base b (b from 3 to 9), digits only",
        {"n": Int(10, 1000, words=False), "b": Int(3, 9)},
        "I write the number in that base.",
        TO_BASE,
        based,
        weight=0.8,
    ),
    Family(
        "from_base",
        "the number x written in base b (b from 5 to 9) as a decimal number",
        {"x": _written_in(5, 30, 3000), "b": Int(5, 9)},
        "I read the number in that base.",
        "print(int({x}, {b}))",
        _value,
        weight=0.8,
    ),
    Family(
        "to_roman",
        "the number n in Roman numerals",
        {"n": Int(1, 3999, words=False)},
        "I write the number in Roman numerals.",
        TO_ROMAN,
        roman,
        weight=1.5,
    ),
    Family(
        "from_roman",
        "the Roman numeral r as a decimal number",
        {"r": Drawer(_roman)},
        "I read the Roman numeral.",
        FROM_ROMAN,
        _of_roman,
        weight=1.5,
    ),
    Family(
        "count_ones",
        "how many ones the binary form of the decimal number n has",
        {"n": N},
        "I count the ones of the binary form.",
        "print(format({n}, 'b').count('1'))",
        lambda n: sum(n >> k & 1 for k in range(20)),
        kind="integer",
    ),
    Family(
        "binary_length",
        "how many binary digits (bits) the decimal number n needs",
        {"n": Int(1, 100000, words=False)},
        "I count the binary digits.",
        "print(len(format({n}, 'b')))",
        lambda n: len(based(n, 2)),
        weight=0.7,
    ),
    Family(
        "bit_and",
        "the bitwise AND of the numbers a and b, as a decimal number",
        {"a": Int(0, 255, words=False), "b": Int(0, 255, words=False)},
        "I take the bitwise and.",
        "print({a} & {b})",
        _bits(lambda x, y: x and y),
        kind="two",
        mistaken=("bit_or",),
        weight=0.6,
    ),
    Family(
        "bit_or",
        "the bitwise OR of the numbers a and b, as a decimal number",
        {"a": Int(0, 255, words=False), "b": Int(0, 255, words=False)},
        "I take the bitwise or.",
        "print({a} | {b})",
        _bits(lambda x, y: x or y),
        kind="two",
        mistaken=("bit_and",),
        weight=0.6,
    ),
    Family(
        "bit_xor",
        "the bitwise XOR of the numbers a and b, as a decimal number",
        {"a": Int(0, 255, words=False), "b": Int(0, 255, words=False)},
        "I take the bitwise exclusive or.",
        "print({a} ^ {b})",
        _bits(lambda x, y: x is not y),
        kind="two",
        weight=0.6,
    ),
    Family(
        "binary_sum",
        "the sum of two binary numbers a and b, in binary",
        {"a": _written_in(2, 1, 200), "b": _written_in(2, 1, 200)},
        "I add the binary numbers.",
        "print(format(int({a}, 2) + int({b}, 2), 'b'))",
        lambda a, b: based(_value(a, 2) + _value(b, 2), 2),
        weight=0.8,
    ),
    Family(
        "hexadecimal_to_binary",
        "the hexadecimal number x in binary, digits only",
        {"x": _written_in(16, 10, 4000)},
        "I read hexadecimal and write binary.",
        "print(format(int({x}, 16), 'b'))",
        lambda x: based(_value(x, 16), 2),
        weight=0.6,
    ),
    Family(
        "binary_to_hexadecimal",
        "the binary number x in hexadecimal, digits only",
        {"x": _written_in(2, 9, 1023)},
        "I read binary and write hexadecimal.",
        "print(format(int({x}, 2), 'x'))",
        lambda x: based(_value(x, 2), 16),
        weight=0.6,
    ),
    Family(
        "power_of_two",
        "whether n is a power of two (True or False)",
        {"n": Int(1, 1100, words=False)},
        "I check whether the binary form has a single one.",
        "print(format({n}, 'b').count('1') == 1)",
        lambda n: n in {2**k for k in range(20)},
        weight=0.7,
    ),
    Family(
        "roman_sum",
        "the sum of two Roman numerals a and b, as a decimal number",
        {"a": Drawer(_roman), "b": Drawer(_roman)},
        "I read both Roman numerals and add.",
        "values = dict(I=1, V=5, X=10, L=50, C=100, D=500, M=1000)\ntotal = 0\nfor text in [{a}, {b}]:\n"
        "    nums = [values[c] for c in text]\n"
        "    total += sum(-a if a < b else a for a, b in zip(nums, nums[1:] + [0]))\nprint(total)",
        lambda a, b: _of_roman(a) + _of_roman(b),
        shown=True,
    ),
    Family(
        "count_zeros",
        "how many zeros the binary form of the decimal number n has",
        {"n": Int(1, 1023, words=False)},
        "I count the zeros of the binary form.",
        "print(format({n}, 'b').count('0'))",
        lambda n: len(based(n, 2).replace("1", "")),
        held_out=True,
    ),
)
