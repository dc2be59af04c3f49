"""Simple geometry: lengths, areas, volumes, angles."""

import math
from collections.abc import Callable
from random import Random

from training.corpus.exact import exact, total
from training.corpus.exact import product as times
from training.corpus.family import Check, Family
from training.corpus.values import Drawer, Drawn, Int, Number, Taste

SIDE = Number(1, 60, decimals=0.25)
POSITIVE = Number(1, 40, decimals=0.2)


def near(answer: float, places: int = 2) -> Check:
    """The output is this number rounded; a tie may fall to either side."""
    return lambda output: abs(float(output) - answer) <= 0.5 * 10**-places + 1e-7 * abs(answer) * 10**-places + 1e-9


def _right_triangle(leg: int) -> Callable[[Random, Taste, Drawn], int]:
    triples = ((3, 4), (5, 12), (8, 15), (6, 8), (9, 12), (7, 24))
    return lambda rng, taste, drawn: rng.choice(triples)[leg] if rng.random() < 0.3 else rng.randint(1, 40)


def _point(rng: Random, taste: Taste, drawn: Drawn) -> tuple[int, int]:
    return rng.randint(-10, 15), rng.randint(-10, 15)


def _write_point(rng: Random, value: tuple[int, int]) -> str:
    return f"({value[0]}, {value[1]})" if rng.random() < 0.8 else f"({value[0]},{value[1]})"


POINT = Drawer(_point, _write_point)
TWO = "(x1, y1), (x2, y2) = {a}, {b}\n"
PI = math.atan2(0, -1)

FAMILIES = (
    Family(
        "rectangle_area",
        "the area of a rectangle with sides a and b",
        {"a": SIDE, "b": SIDE},
        "I multiply the sides.",
        "print({a} * {b})",
        lambda a, b: times([a, b]),
        decimal_program="print(round({a} * {b}, 10))",
        kind="rectangle",
        mistaken=("rectangle_perimeter",),
        weight=2,
    ),
    Family(
        "rectangle_perimeter",
        "the perimeter of a rectangle with sides a and b",
        {"a": SIDE, "b": SIDE},
        "I add the sides twice.",
        "print(2 * ({a} + {b}))",
        lambda a, b: total([a, b, a, b]),
        decimal_program="print(round(2 * ({a} + {b}), 10))",
        kind="rectangle",
        mistaken=("rectangle_area",),
        weight=1.5,
    ),
    Family(
        "rectangle_diagonal",
        "the diagonal of a rectangle with sides a and b, rounded to two decimals",
        {"a": SIDE, "b": SIDE},
        "I use the theorem of Pythagoras.",
        "import math\nprint(round(math.hypot({a}, {b}), 2))",
        lambda a, b: near(math.sqrt(a * a + b * b)),
        kind="rectangle",
        weight=0.7,
    ),
    Family(
        "square_area",
        "the area of a square with side a",
        {"a": SIDE},
        "I square the side.",
        "print({a} ** 2)",
        lambda a: times([a, a]),
        decimal_program="print(round({a} ** 2, 10))",
        kind="side",
        mistaken=("square_perimeter",),
        weight=1.2,
    ),
    Family(
        "square_perimeter",
        "the perimeter of a square with side a",
        {"a": SIDE},
        "I multiply the side by four.",
        "print(4 * {a})",
        lambda a: total([a] * 4),
        decimal_program="print(round(4 * {a}, 10))",
        kind="side",
        mistaken=("square_area",),
    ),
    Family(
        "square_side",
        "the side of a square with area x, rounded to two decimals",
        {"x": Int(1, 900)},
        "I take the root of the area.",
        "import math\nprint(round(math.sqrt({x}), 2))",
        lambda x: near(x**0.5),
        weight=0.7,
    ),
    Family(
        "circle_area",
        "the area of a circle with radius r, rounded to two decimals",
        {"r": SIDE},
        "I multiply pi by the squared radius.",
        "import math\nprint(round(math.pi * {r} ** 2, 2))",
        lambda r: near(PI * r * r),
        kind="circle",
        mistaken=("circle_circumference",),
        weight=2,
    ),
    Family(
        "circle_circumference",
        "the circumference of a circle with radius r, rounded to two decimals",
        {"r": SIDE},
        "I multiply two pi by the radius.",
        "import math\nprint(round(2 * math.pi * {r}, 2))",
        lambda r: near(r * PI + r * PI),
        kind="circle",
        mistaken=("circle_area",),
        weight=1.5,
    ),
    Family(
        "circle_area_diameter",
        "the area of a circle with diameter d, rounded to two decimals",
        {"d": SIDE},
        "I multiply pi by the squared half diameter.",
        "import math\nprint(round(math.pi * ({d} / 2) ** 2, 2))",
        lambda d: near(PI * d * d / 4),
        weight=0.7,
    ),
    Family(
        "circumference_diameter",
        "the circumference of a circle with diameter d, rounded to two decimals",
        {"d": SIDE},
        "I multiply pi by the diameter.",
        "import math\nprint(round(math.pi * {d}, 2))",
        lambda d: near(d * PI),
        weight=0.7,
        mistaken=("circle_area_diameter",),
    ),
    Family(
        "diameter",
        "the diameter of a circle with radius r",
        {"r": SIDE},
        "I double the radius.",
        "print(2 * {r})",
        lambda r: total([r, r]),
        decimal_program="print(round(2 * {r}, 10))",
        kind="circle",
        weight=0.6,
    ),
    Family(
        "triangle_area",
        "the area of a triangle with base b and height h",
        {"b": POSITIVE, "h": POSITIVE},
        "I take half of base times height.",
        "print(round({b} * {h} / 2, 10))",
        lambda b, h: round(float(exact(b) * exact(h) / 2), 10),
        kind="triangle",
        weight=1.5,
    ),
    Family(
        "triangle_perimeter",
        "the perimeter of a triangle with sides a, b and c",
        {"a": POSITIVE, "b": POSITIVE, "c": POSITIVE},
        "I add the three sides.",
        "print({a} + {b} + {c})",
        lambda a, b, c: total([a, b, c]),
        decimal_program="print(round({a} + {b} + {c}, 10))",
        weight=0.8,
    ),
    Family(
        "hypotenuse",
        "the hypotenuse of a right triangle with legs a and b, rounded to two decimals",
        {"a": Drawer(_right_triangle(0)), "b": Drawer(_right_triangle(1))},
        "I use the theorem of Pythagoras.",
        "import math\nprint(round(math.hypot({a}, {b}), 2))",
        lambda a, b: near(math.sqrt(a * a + b * b)),
        weight=1.5,
    ),
    Family(
        "third_angle",
        "the third angle of a triangle with the angles a and b, in degrees",
        {"a": Int(5, 100, words=False), "b": Int(5, 75, words=False)},
        "I subtract both angles from 180.",
        "print(180 - {a} - {b})",
        lambda a, b: len(range(a + b, 180)),
        weight=1.0,
    ),
    Family(
        "polygon_angles",
        "the sum of the inner angles of a polygon with n sides, in degrees",
        {"n": Int(3, 20)},
        "I compute the sum of the angles.",
        "print(({n} - 2) * 180)",
        lambda n: sum(180 for _ in range(2, n)),
        weight=0.7,
    ),
    Family(
        "polygon_perimeter",
        "the perimeter of a regular polygon with n sides of length a",
        {"n": Int(5, 12), "a": Int(1, 40)},
        "I multiply the side by the number of sides.",
        "print({n} * {a})",
        lambda n, a: sum([a] * n),
        weight=0.6,
    ),
    Family(
        "box_volume",
        "the volume of a box with the edges a, b and c",
        {"a": Int(1, 40), "b": Int(1, 40), "c": Int(1, 40)},
        "I multiply the three edges.",
        "print({a} * {b} * {c})",
        lambda a, b, c: times([a, b, c]),
        weight=1.2,
    ),
    Family(
        "cube_volume",
        "the volume of a cube with edge a",
        {"a": SIDE},
        "I take the third power of the edge.",
        "print({a} ** 3)",
        lambda a: times([a, a, a]),
        decimal_program="print(round({a} ** 3, 10))",
        kind="side",
        mistaken=("cube_surface",),
        weight=0.8,
    ),
    Family(
        "cube_surface",
        "the surface area of a cube with edge a",
        {"a": SIDE},
        "I multiply the square of the edge by six.",
        "print(6 * {a} ** 2)",
        lambda a: times([a, a, 6]),
        decimal_program="print(round(6 * {a} ** 2, 10))",
        kind="side",
        weight=0.7,
    ),
    Family(
        "cylinder_volume",
        "the volume of a cylinder with radius r and height h, rounded to two decimals",
        {"r": POSITIVE, "h": POSITIVE},
        "I multiply the area of the base by the height.",
        "import math\nprint(round(math.pi * {r} ** 2 * {h}, 2))",
        lambda r, h: near(r * r * h * PI),
        kind="round",
    ),
    Family(
        "cone_volume",
        "the volume of a cone with radius r and height h, rounded to two decimals",
        {"r": POSITIVE, "h": POSITIVE},
        "I take a third of base times height.",
        "import math\nprint(round(math.pi * {r} ** 2 * {h} / 3, 2))",
        lambda r, h: near(r * r * h * PI / 3),
        kind="round",
        mistaken=("cylinder_volume",),
        weight=0.7,
    ),
    Family(
        "sphere_volume",
        "the volume of a sphere with radius r, rounded to two decimals",
        {"r": POSITIVE},
        "I compute the volume of the sphere.",
        "import math\nprint(round(4 / 3 * math.pi * {r} ** 3, 2))",
        lambda r: near(r * r * r * PI * 4 / 3),
        kind="circle",
        weight=0.8,
    ),
    Family(
        "sphere_surface",
        "the surface area of a sphere with radius r, rounded to two decimals",
        {"r": POSITIVE},
        "I compute the surface of the sphere.",
        "import math\nprint(round(4 * math.pi * {r} ** 2, 2))",
        lambda r: near(4 * r * r * PI),
        kind="circle",
        weight=0.6,
        mistaken=("sphere_volume",),
    ),
    Family(
        "distance",
        "the distance between the points a and b, rounded to two decimals",
        {"a": POINT, "b": POINT},
        "I compute the distance of the points.",
        "import math\nprint(round(math.dist({a}, {b}), 2))",
        lambda a, b: near(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5),
        kind="points",
        weight=1.2,
    ),
    Family(
        "midpoint",
        "the midpoint between the points a and b, as a pair",
        {"a": POINT, "b": POINT},
        "I take the middle of the points.",
        TWO + "print(((x1 + x2) / 2, (y1 + y2) / 2))",
        lambda a, b: tuple(float(exact(x + y) / 2) for x, y in zip(a, b, strict=True)),
        kind="points",
        weight=0.8,
    ),
    Family(
        "slope",
        "the slope of the line through the points a and b, as a decimal number",
        {"a": POINT, "b": POINT},
        "I divide the differences of the points.",
        TWO + "print((y2 - y1) / (x2 - x1))",
        lambda a, b: (
            lambda output: math.isclose(float(output) * (b[0] - a[0]), b[1] - a[1], rel_tol=1e-9, abs_tol=1e-9)
        ),
        where=lambda a, b: a[0] != b[0],
        kind="points",
        weight=0.8,
    ),
    Family(
        "rectangle_other_side",
        "the other side of a rectangle with area x and one side a",
        {"x": Int(2, 600), "a": Int(2, 40)},
        "I divide the area by the side.",
        "print({x} / {a})",
        lambda x, a: float(exact(x) / a),
        where=lambda x, a: x % a == 0,
        weight=0.7,
    ),
    Family(
        "degrees_to_radians",
        "the angle of x degrees in radians, rounded to four decimals",
        {"x": Int(1, 360, words=False)},
        "I convert degrees to radians.",
        "import math\nprint(round(math.radians({x}), 4))",
        lambda x: near(x * PI / 180, 4),
        weight=0.6,
    ),
    Family(
        "is_right_triangle",
        "whether a triangle with the sides a, b and c (c the longest) has a right angle (True or False)",
        {"a": Int(3, 20), "b": Int(4, 25), "c": Int(5, 30)},
        "I check the theorem of Pythagoras.",
        "print({a} ** 2 + {b} ** 2 == {c} ** 2)",
        lambda a, b, c: times([c, c]) - times([b, b]) == times([a, a]),
        where=lambda a, b, c: a <= b < c and (a + b + c) % 3 == 0,
        shown=True,
    ),
    Family(
        "trapezoid_area",
        "the area of a trapezoid with the parallel sides a and b and the height h",
        {"a": Int(1, 40), "b": Int(1, 40), "h": Int(1, 30)},
        "I multiply the middle of the sides by the height.",
        "print(({a} + {b}) * {h} / 2)",
        lambda a, b, h: float(exact(a * h) / 2 + exact(b * h) / 2),
        held_out=True,
    ),
    Family(
        "ellipse_area",
        "the area of an ellipse with the half axes a and b, rounded to two decimals",
        {"a": Int(1, 30), "b": Int(1, 30)},
        "I multiply pi by both half axes.",
        "import math\nprint(round(math.pi * {a} * {b}, 2))",
        lambda a, b: near(a * b * PI),
        held_out=True,
    ),
)
