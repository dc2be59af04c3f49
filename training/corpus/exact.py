"""Independent ways to know an answer: slow, plain and exact, never the text of a program."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache

Numeric = int | float


def exact(number: Numeric) -> Fraction:
    """The decimal number as it is written: 0.1 is one tenth."""
    return Fraction(str(number))


def plain(number: Fraction, *, digits: int = 10) -> Numeric:
    """The number as a program prints it: whole numbers without a point, others rounded."""
    return int(number) if number.denominator == 1 else round(float(number), digits)


def total(numbers: Iterable[Numeric]) -> Numeric:
    """The sum; a float where one of the numbers is."""
    numbers = list(numbers)
    answer = sum(map(exact, numbers), Fraction(0))
    return like(numbers, answer)


def product(numbers: Iterable[Numeric]) -> Numeric:
    """The product; a float where one of the numbers is."""
    numbers = list(numbers)
    answer = Fraction(1)
    for number in numbers:
        answer *= exact(number)
    return like(numbers, answer)


def like(numbers: Iterable[Numeric], answer: Fraction) -> Numeric:
    """`answer` as Python prints it after computing with `numbers` and rounding to ten places."""
    if any(isinstance(number, float) for number in numbers):
        return round(float(answer), 10)
    return int(answer) if answer.denominator == 1 else float(answer)


@lru_cache(maxsize=1)
def sieve() -> tuple[int, ...]:
    """All primes below 20,000."""
    size = 20_000
    flags = bytearray([1]) * size
    flags[0:2] = b"\0\0"
    for number in range(2, int(size**0.5) + 1):
        if flags[number]:
            flags[number * number :: number] = bytes(len(range(number * number, size, number)))
    return tuple(number for number in range(size) if flags[number])


@lru_cache(maxsize=1)
def prime_set() -> frozenset[int]:
    """All primes below 20,000, for membership."""
    return frozenset(sieve())


def factors(number: int) -> list[int]:
    """Prime factors in ascending order, with repeats."""
    found = []
    for prime in sieve():
        while number % prime == 0:
            found.append(prime)
            number //= prime
        if number == 1:
            break
    return found + ([number] if number > 1 else [])


def divisors(number: int) -> list[int]:
    """All divisors in ascending order, built from the prime factors."""
    found = {1}
    for prime in factors(number):
        found |= {divisor * prime for divisor in found}
    return sorted(found)


def fibonacci(count: int) -> list[int]:
    """The first `count` Fibonacci numbers, from 0, 1."""
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:count]


def factorial(number: int) -> int:
    """The product of the numbers from 1 to `number`."""
    answer = 1
    for factor in range(2, number + 1):
        answer *= factor
    return answer


def insertion_sorted(items: Iterable[Numeric]) -> list[Numeric]:
    """The items in ascending order."""
    done: list[Numeric] = []
    for item in items:
        place = len(done)
        while place and done[place - 1] > item:
            place -= 1
        done.insert(place, item)
    return done


def mean(numbers: Sequence[Numeric]) -> Fraction:
    """The exact mean."""
    return sum(map(exact, numbers), Fraction(0)) / len(numbers)


def based(number: int, base: int) -> str:
    """A number of at least 0 written in a base up to 16."""
    digits = ""
    while True:
        number, digit = divmod(number, base)
        digits = "0123456789abcdef"[digit] + digits
        if not number:
            return digits


def roman(number: int) -> str:
    """A number from 1 to 3,999 in Roman numerals, digit by digit."""
    ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    tens = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")
    hundreds = ("", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM")
    return "M" * (number // 1000) + hundreds[number // 100 % 10] + tens[number // 10 % 10] + ones[number % 10]
