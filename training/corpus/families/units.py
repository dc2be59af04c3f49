"""Conversions: one family for each direction, all in one shape."""

from fractions import Fraction

from training.corpus.exact import exact
from training.corpus.family import Check, Family
from training.corpus.values import Int, Number, Slot

SMALL = Number(1, 500, decimals=0.3)
WHOLE = Int(1, 500)


def _rounded(answer: Fraction) -> Check:
    """The output is this number rounded to two places; a tie may fall to either side."""
    return lambda output: abs(exact(float(output)) - answer) <= Fraction(1, 200) + Fraction(1, 10**9)


def _factor(name: str, source: str, target: str, factor: str, weight: float = 1.0) -> Family:
    ratio = Fraction(factor)
    return Family(
        name,
        f"x {source} in {target} (x times {factor}, rounded to two decimals)",
        {"x": SMALL},
        f"I convert {source} to {target}.",
        f"print(round({{x}} * {factor}, 2))",
        lambda x: _rounded(exact(x) * ratio),
        kind="measure",
        weight=weight,
    )


def _times(name: str, source: str, target: str, factor: int, weight: float = 1.0, slot: Slot = WHOLE) -> Family:
    return Family(
        name,
        f"x {source} in {target} (x times {factor})",
        {"x": slot},
        f"I convert {source} to {target}.",
        f"print({{x}} * {factor})",
        lambda x: sum([x] * factor) if factor < 100 else int(exact(x) * factor),
        kind="measure",
        weight=weight,
    )


def _split(name: str, source: str, target: str, divisor: int, weight: float = 1.0, slot: Slot | None = None) -> Family:
    return Family(
        name,
        f"x {source} in {target} (x divided by {divisor}, as a decimal number)",
        {"x": slot or Int(1, 10000)},
        f"I convert {source} to {target}.",
        f"print({{x}} / {divisor})",
        lambda x: float(exact(x) / divisor),
        kind="measure",
        weight=weight,
    )


FAMILIES = (
    Family(
        "celsius_to_fahrenheit",
        "x degrees Celsius in Fahrenheit, rounded to two decimals",
        {"x": Number(-40, 200)},
        "I convert Celsius to Fahrenheit.",
        "print(round({x} * 9 / 5 + 32, 2))",
        lambda x: _rounded(exact(x) * Fraction(9, 5) + 32),
        kind="measure",
        mistaken=("fahrenheit_to_celsius",),
        weight=2,
    ),
    Family(
        "fahrenheit_to_celsius",
        "x degrees Fahrenheit in Celsius, rounded to two decimals",
        {"x": Number(-40, 400)},
        "I convert Fahrenheit to Celsius.",
        "print(round(({x} - 32) * 5 / 9, 2))",
        lambda x: _rounded((exact(x) - 32) * Fraction(5, 9)),
        kind="measure",
        mistaken=("celsius_to_fahrenheit",),
        weight=2,
    ),
    Family(
        "celsius_to_kelvin",
        "x degrees Celsius in Kelvin (plus 273.15), rounded to two decimals",
        {"x": Number(-40, 400)},
        "I convert Celsius to Kelvin.",
        "print(round({x} + 273.15, 2))",
        lambda x: _rounded(exact(x) + exact(273.15)),
        kind="measure",
        weight=0.7,
    ),
    Family(
        "kelvin_to_celsius",
        "x Kelvin in degrees Celsius (minus 273.15), rounded to two decimals",
        {"x": Number(0, 600)},
        "I convert Kelvin to Celsius.",
        "print(round({x} - 273.15, 2))",
        lambda x: _rounded(exact(x) - exact(273.15)),
        kind="measure",
        mistaken=("celsius_to_kelvin",),
        weight=0.7,
    ),
    _factor("km_to_miles", "kilometers", "miles", "0.621371", 1.5),
    _factor("miles_to_km", "miles", "kilometers", "1.609344", 1.5),
    _factor("meters_to_feet", "meters", "feet", "3.28084"),
    _factor("feet_to_meters", "feet", "meters", "0.3048"),
    _factor("cm_to_inches", "centimeters", "inches", "0.393701"),
    _factor("inches_to_cm", "inches", "centimeters", "2.54"),
    _factor("kg_to_pounds", "kilograms", "pounds", "2.204623", 1.5),
    _factor("pounds_to_kg", "pounds", "kilograms", "0.453592", 1.5),
    _factor("grams_to_ounces", "grams", "ounces", "0.035274", 0.6),
    _factor("ounces_to_grams", "ounces", "grams", "28.349523", 0.6),
    _factor("liters_to_gallons", "liters", "US gallons", "0.264172", 0.8),
    _factor("gallons_to_liters", "US gallons", "liters", "3.785412", 0.8),
    _factor("kmh_to_mph", "kilometers per hour", "miles per hour", "0.621371", 0.7),
    _factor("mph_to_kmh", "miles per hour", "kilometers per hour", "1.609344", 0.7),
    _factor("ms_to_kmh", "meters per second", "kilometers per hour", "3.6", 0.6),
    _times("km_to_meters", "kilometers", "meters", 1000),
    _split("meters_to_km", "meters", "kilometers", 1000),
    _times("meters_to_cm", "meters", "centimeters", 100),
    _split("cm_to_meters", "centimeters", "meters", 100),
    _split("mm_to_cm", "millimeters", "centimeters", 10, 0.6),
    _times("cm_to_mm", "centimeters", "millimeters", 10, 0.6),
    _times("kg_to_grams", "kilograms", "grams", 1000),
    _split("grams_to_kg", "grams", "kilograms", 1000),
    _times("tons_to_kg", "metric tons", "kilograms", 1000, 0.5),
    _times("liters_to_ml", "liters", "milliliters", 1000),
    _split("ml_to_liters", "milliliters", "liters", 1000),
    _times("hours_to_minutes", "hours", "minutes", 60, 1.2),
    _split("minutes_to_hours", "minutes", "hours", 60, 1.2),
    _times("minutes_to_seconds", "minutes", "seconds", 60, 1.2),
    _split("seconds_to_minutes", "seconds", "minutes", 60, 1.2),
    _times("hours_to_seconds", "hours", "seconds", 3600),
    _times("days_to_hours", "days", "hours", 24, 1.2),
    _split("hours_to_days", "hours", "days", 24),
    _times("days_to_minutes", "days", "minutes", 1440, 0.7),
    _times("weeks_to_days", "weeks", "days", 7, 1.2),
    _split("days_to_weeks", "days", "weeks", 7),
    _times("years_to_months", "years", "months", 12),
    _split("months_to_years", "months", "years", 12, 0.7),
    _times("dozens_to_items", "dozens", "single pieces", 12),
    _times("feet_to_inches", "feet", "inches", 12, 0.8),
    _split("inches_to_feet", "inches", "feet", 12, 0.7),
    _times("gb_to_mb", "gigabytes", "megabytes (1 GB = 1024 MB)", 1024, 0.8),
    _split("mb_to_gb", "megabytes", "gigabytes (1 GB = 1024 MB)", 1024, 0.7),
    _times("kb_to_bytes", "kilobytes", "bytes (1 KB = 1024 bytes)", 1024, 0.6),
    _times("bytes_to_bits", "bytes", "bits", 8, 0.6),
)
