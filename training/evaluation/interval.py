"""How sure a share is: Wilson's interval, which also holds for few questions and for shares near 0 and 1."""

import math

Z95 = 1.959964


def wilson(right: int, of: int, z: float = Z95) -> tuple[float, float]:
    """The interval of the true share when `right` of `of` were right, by default at 95 %. Nothing asked: (0, 1).

    Wilson, E. B. (1927), "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    if not 0 <= right <= of:
        raise ValueError(f"{right} of {of} is no share")
    if of == 0:
        return 0.0, 1.0
    share = right / of
    centre = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return max(0.0, (centre - half) / whole), min(1.0, (centre + half) / whole)
