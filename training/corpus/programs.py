"""Program parts that several families share, so that the model learns each part once."""

IS_PRIME = """\
def is_prime(n):
    return n > 1 and all(n % d for d in range(2, int(n ** 0.5) + 1))
"""
COUNTING = "from itertools import count, islice\n"
FIBONACCI = """\
a, b = 0, 1
nums = []
"""
