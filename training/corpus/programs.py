"""Program parts that several families and the compositions share, so that the model learns each part once."""

IS_PRIME = """\
def is_prime(n):
    return n > 1 and all(n % d for d in range(2, int(n ** 0.5) + 1))
"""
COUNTING = "from itertools import count, islice\n"
FIRST_PRIMES = "nums = list(islice(filter(is_prime, count(2)), {n}))\n"
FIRST_FIBONACCI = """\
nums = [0, 1]
while len(nums) < {n}:
    nums.append(nums[-1] + nums[-2])
"""
KEEP_PRIMES = "nums = [n for n in nums if is_prime(n)]\n"
KEEP_EVEN = "nums = [n for n in nums if n % 2 == 0]\n"
KEEP_ODD = "nums = [n for n in nums if n % 2 == 1]\n"
