"""Dates, weekdays and clock times."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from training.corpus.clock import now
from training.corpus.family import Family
from training.corpus.values import Drawer, Drawn, Int, OneOf, Taste

MONTHS = list(calendar.month_name)[1:]
DAYS = list(calendar.day_name)
IMPORT = "from datetime import date\n"
BOTH = "from datetime import date, timedelta\n"
WEEK = f"days = {DAYS!r}\n"


def _date(first: int, last: int) -> Callable[[Random, Taste, Drawn], date]:
    start, end = date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal()
    return lambda rng, taste, drawn: date.fromordinal(rng.randint(start, end))


def _write_date(rng: Random, day: date) -> str:
    month = MONTHS[day.month - 1]
    forms = (
        day.isoformat(),
        day.isoformat(),
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month} {day.year}",
        f"{month} {day.day} {day.year}",
        f"{day.day}. {month} {day.year}",
        f"{month} {day.day}{_ending(day.day)}, {day.year}",
        f"the {day.day}{_ending(day.day)} of {month} {day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{month[:3]} {day.day}, {day.year}",
    )
    return rng.choice(forms)


def _ending(number: int) -> str:
    if number in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _code_date(day: date) -> str:
    return f"date({day.year}, {day.month}, {day.day})"


def _time(rng: Random, taste: Taste, drawn: Drawn) -> tuple[int, int]:
    return rng.randint(0, 23), rng.choice((0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, rng.randint(0, 59)))


def _write_time(rng: Random, value: tuple[int, int]) -> str:
    hours, minutes = value
    return f"{hours:02}:{minutes:02}" if rng.random() < 0.7 else f"{hours}:{minutes:02}"


def _code_time(value: tuple[int, int]) -> str:
    return f"{value[0]} * 60 + {value[1]}"


def _leap(year: int) -> bool:
    return year % 400 == 0 or (year % 4 == 0 and year % 100 != 0)


def _month_days(m: int, y: int) -> int:
    return (31, 29 if _leap(y) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[m - 1]


def _weekday(day: date) -> str:
    """The name of the day by Zeller's congruence."""
    month, year = (day.month, day.year) if day.month > 2 else (day.month + 12, day.year - 1)
    zeller = (day.day + 13 * (month + 1) // 5 + year + year // 4 - year // 100 + year // 400) % 7
    return DAYS[(zeller + 5) % 7]


def _at(t: tuple[int, int]) -> datetime:
    """Some day at this time."""
    return datetime(2020, 1, 2, t[0], t[1], tzinfo=UTC)


def _years_old(b: date, d: date) -> int:
    return sum(1 for year in range(b.year + 1, d.year + 1) if (year, b.month, b.day) <= (d.year, d.month, d.day))


D = Drawer(_date(1950, 2040), _write_date, _code_date)
BIRTH = Drawer(_date(1940, 2015), _write_date, _code_date)
LATER = Drawer(_date(2016, 2040), _write_date, _code_date)
TIME = Drawer(_time, _write_time, _code_time)
MONTH = OneOf(tuple(range(1, 13)), {k + 1: (name,) for k, name in enumerate(MONTHS)})
DAY = OneOf(tuple(range(7)), {k: (name,) for k, name in enumerate(DAYS)})
YEAR = Int(1900, 2100, words=False, commas=False)


def _span(a: Any, b: Any) -> int:
    count, day = 0, min(a, b)
    while day < max(a, b):
        day += timedelta(days=1)
        count += 1
    return count


NEAR = Drawer(_date(2020, 2028), _write_date, _code_date)

FAMILIES = (
    Family(
        "days_between",
        "how many days lie between the dates a and b (their difference, never negative)",
        {"a": NEAR, "b": NEAR},
        "I subtract the dates.",
        IMPORT + "print(abs(({a} - {b}).days))",
        _span,
        weight=2.5,
    ),
    Family(
        "weekday",
        "the name of the weekday of the date d",
        {"d": D},
        "I take the weekday of the date.",
        IMPORT + "print({d}.strftime('%A'))",
        _weekday,
        weight=2.5,
    ),
    Family(
        "leap_year",
        "whether the year y is a leap year (True or False)",
        {"y": YEAR},
        "I check the leap year rule.",
        "import calendar\nprint(calendar.isleap({y}))",
        _leap,
        weight=2,
    ),
    Family(
        "next_leap_year",
        "the first leap year after the year y",
        {"y": YEAR},
        "I look for the next leap year.",
        "import calendar\nfrom itertools import count\nprint(next(filter(calendar.isleap, count({y} + 1))))",
        lambda y: next(x for x in range(y + 1, y + 9) if _leap(x)),
        weight=0.7,
    ),
    Family(
        "leap_years_between",
        "all leap years from the year a to the year b, both included, as a list",
        {"a": YEAR, "b": YEAR},
        "I list the leap years.",
        "import calendar\nprint([y for y in range({a}, {b} + 1) if calendar.isleap(y)])",
        lambda a, b: [y for y in range(a, b + 1) if _leap(y)],
        where=lambda a, b: 4 < b - a < 50,
        weight=0.7,
    ),
    Family(
        "days_in_month",
        "how many days the month m of the year y has",
        {"m": MONTH, "y": YEAR},
        "I take the length of the month.",
        "import calendar\nprint(calendar.monthrange({y}, {m})[1])",
        _month_days,
        weight=1.5,
    ),
    Family(
        "days_in_year",
        "how many days the year y has",
        {"y": YEAR},
        "I take the length of the year.",
        "import calendar\nprint(366 if calendar.isleap({y}) else 365)",
        lambda y: sum(_month_days(m, y) for m in range(1, 13)),
        weight=0.7,
    ),
    Family(
        "date_plus_days",
        "the date n days after the date d, as YYYY-MM-DD",
        {"n": Int(1, 400), "d": D},
        "I add the days to the date.",
        BOTH + "print({d} + timedelta(days={n}))",
        lambda n, d: date.fromordinal(d.toordinal() + n),
        weight=1.5,
    ),
    Family(
        "date_minus_days",
        "the date n days before the date d, as YYYY-MM-DD",
        {"n": Int(1, 400), "d": D},
        "I subtract the days from the date.",
        BOTH + "print({d} - timedelta(days={n}))",
        lambda n, d: date.fromordinal(d.toordinal() - n),
        mistaken=("date_plus_days",),
    ),
    Family(
        "date_plus_weeks",
        "the date n weeks after the date d, as YYYY-MM-DD",
        {"n": Int(1, 52), "d": D},
        "I add the weeks to the date.",
        BOTH + "print({d} + timedelta(weeks={n}))",
        lambda n, d: date.fromordinal(d.toordinal() + 7 * n),
        weight=0.8,
        mistaken=("date_plus_days",),
    ),
    Family(
        "weekday_after",
        "the weekday n days after the weekday w",
        {"n": Int(1, 100), "w": DAY},
        "I count the weekdays forward.",
        WEEK + "print(days[({w} + {n}) % 7])",
        lambda n, w: (DAYS * 20)[w:][n],
        weight=1.2,
    ),
    Family(
        "weekday_before",
        "the weekday n days before the weekday w",
        {"n": Int(1, 100), "w": DAY},
        "I count the weekdays back.",
        WEEK + "print(days[({w} - {n}) % 7])",
        lambda n, w: (DAYS[::-1] * 20)[6 - w :][n],
        weight=0.8,
        mistaken=("weekday_after",),
    ),
    Family(
        "day_of_year",
        "which day of its year the date d is, counted from 1",
        {"d": D},
        "I take the day of the year.",
        IMPORT + "print({d}.timetuple().tm_yday)",
        lambda d: d.day + sum(_month_days(m, d.year) for m in range(1, d.month)),
        weight=0.8,
    ),
    Family(
        "is_weekend",
        "whether the date d is a Saturday or Sunday (True or False)",
        {"d": D},
        "I check whether the date is on a weekend.",
        IMPORT + "print({d}.weekday() >= 5)",
        lambda d: _weekday(d)[0] == "S",
        weight=0.7,
    ),
    Family(
        "which_is_earlier",
        "the earlier one of the dates a and b, as YYYY-MM-DD",
        {"a": D, "b": D},
        "I take the earlier date.",
        IMPORT + "print(min({a}, {b}))",
        lambda a, b: a.isoformat() if a.toordinal() < b.toordinal() else b.isoformat(),
        weight=0.7,
    ),
    Family(
        "age_in_year",
        "how old someone born in the year b becomes in the year y (y minus b)",
        {"b": Int(1930, 2015, commas=False), "y": Int(2016, 2060, commas=False)},
        "I subtract the year of birth.",
        "print({y} - {b})",
        lambda b, y: len(range(b, y)),
        weight=1.2,
    ),
    Family(
        "age_on_date",
        "how old someone born on the date b is on the date d, in whole years",
        {"b": BIRTH, "d": LATER},
        "I count the whole years.",
        IMPORT + "a, b = {b}, {d}\nprint(b.year - a.year - ((b.month, b.day) < (a.month, a.day)))",
        _years_old,
        weight=0.8,
    ),
    Family(
        "years_between",
        "how many years lie between the years a and b (their difference)",
        {"a": Int(1500, 2030, commas=False), "b": Int(1500, 2030, commas=False)},
        "I subtract the years.",
        "print(abs({a} - {b}))",
        lambda a, b: len(range(min(a, b), max(a, b))),
        where=lambda a, b: a != b,
    ),
    Family(
        "month_name",
        "the name of the month with the number m (1 is January)",
        {"m": Int(1, 12)},
        "I take the name of the month.",
        "import calendar\nprint(calendar.month_name[{m}])",
        lambda m: MONTHS[m - 1],
        weight=0.7,
    ),
    Family(
        "month_number",
        "the number of the month m in the year (January is 1)",
        {"m": OneOf(tuple(MONTHS))},
        "I take the number of the month.",
        "import calendar\nprint(list(calendar.month_name).index({m}))",
        lambda m: 1 + MONTHS.index(m),
        weight=0.7,
    ),
    Family(
        "century",
        "the century the year y belongs to, as a number (1999 gives 20, 2000 gives 20, 2001 gives 21)",
        {"y": Int(100, 2100, words=False, commas=False)},
        "I compute the century.",
        "print(({y} + 99) // 100)",
        lambda y: -(-y // 100),
        weight=0.5,
    ),
    Family(
        "minutes_between",
        "how many minutes it is from the clock time a to the later clock time b on the same day",
        {"a": TIME, "b": TIME},
        "I subtract the times.",
        "print(({b}) - ({a}))",
        lambda a, b: sum(1 for _ in range(60 * a[0] + a[1], 60 * b[0] + b[1])),
        where=lambda a, b: a < b,
        weight=1.5,
    ),
    Family(
        "time_plus_minutes",
        "the clock time n minutes after the clock time t, as HH:MM (past midnight it starts at 00:00)",
        {"n": Int(5, 300), "t": TIME},
        "I add the minutes to the time.",
        "total = ({t} + {n}) % 1440\nprint(f'{total // 60:02}:{total % 60:02}')",
        lambda n, t: f"{_at(t) + timedelta(minutes=n):%H:%M}",
        weight=1.2,
    ),
    Family(
        "time_minus_minutes",
        "the clock time n minutes before the clock time t, as HH:MM",
        {"n": Int(5, 300), "t": TIME},
        "I subtract the minutes from the time.",
        "total = ({t} - {n}) % 1440\nprint(f'{total // 60:02}:{total % 60:02}')",
        lambda n, t: f"{_at(t) - timedelta(minutes=n):%H:%M}",
        weight=0.7,
        mistaken=("time_plus_minutes",),
    ),
    Family(
        "time_plus_hours",
        "the clock time n hours after the clock time t, as HH:MM",
        {"n": Int(1, 30), "t": TIME},
        "I add the hours to the time.",
        "total = ({t} + {n} * 60) % 1440\nprint(f'{total // 60:02}:{total % 60:02}')",
        lambda n, t: f"{_at(t) + timedelta(hours=n):%H:%M}",
        weight=0.7,
    ),
    Family(
        "minutes_as_hours",
        "n minutes written as hours and minutes, H:MM (135 gives 2:15)",
        {"n": Int(10, 1000)},
        "I split the minutes into hours and minutes.",
        "print(f'{{n} // 60}:{{n} % 60:02}')",
        lambda n: "{}:{:0>2}".format(*divmod(n, 60)),
    ),
    Family(
        "seconds_as_time",
        "n seconds written as H:MM:SS (3725 gives 1:02:05)",
        {"n": Int(60, 100000)},
        "I split the seconds into hours, minutes and seconds.",
        "print(f'{{n} // 3600}:{{n} // 60 % 60:02}:{{n} % 60:02}')",
        lambda n: str(timedelta(seconds=n)),
        where=lambda n: n < 86400,
    ),
    Family(
        "today",
        "today's date, as YYYY-MM-DD",
        {},
        "I take the date of today.",
        IMPORT + "print(date.today())",
        lambda: f"{now():%Y-%m-%d}",
    ),
    Family(
        "today_weekday",
        "the name of today's weekday",
        {},
        "I take the weekday of today.",
        IMPORT + "print(date.today().strftime('%A'))",
        lambda: f"{now():%A}",
        weight=0.8,
    ),
    Family(
        "tomorrow",
        "tomorrow's date, as YYYY-MM-DD",
        {},
        "I add one day to today.",
        BOTH + "print(date.today() + timedelta(days=1))",
        lambda: f"{now() + timedelta(days=1):%Y-%m-%d}",
        weight=0.5,
    ),
    Family(
        "date_in_days",
        "the date n days from today, as YYYY-MM-DD",
        {"n": Int(2, 300)},
        "I add the days to today.",
        BOTH + "print(date.today() + timedelta(days={n}))",
        lambda n: f"{now() + timedelta(days=n):%Y-%m-%d}",
        weight=0.7,
    ),
    Family(
        "this_year",
        "the current year",
        {},
        "I take the year of today.",
        IMPORT + "print(date.today().year)",
        lambda: str(now().year),
        weight=0.5,
    ),
    Family(
        "time_now",
        "the clock time now, as HH:MM",
        {},
        "I take the time of now.",
        "from datetime import datetime\nprint(datetime.now().strftime('%H:%M'))",
        lambda: f"{now():%H:%M}",
    ),
    Family(
        "days_until",
        "how many days it is from today to the future date d",
        {"d": Drawer(_date(2030, 2040), _write_date, _code_date)},
        "I subtract today from the date.",
        IMPORT + "print(({d} - date.today()).days)",
        lambda d: str(d.toordinal() - now().toordinal()),
        weight=0.8,
    ),
    Family(
        "quarter_of_month",
        "the quarter of the year (1 to 4) that the month m belongs to",
        {"m": MONTH},
        "I compute the quarter.",
        "print(({m} + 2) // 3)",
        lambda m: 1 + sum(m > k for k in (3, 6, 9)),
        shown=True,
    ),
    Family(
        "weeks_between",
        "how many whole weeks lie between the dates a and b",
        {"a": NEAR, "b": NEAR},
        "I count the whole weeks.",
        IMPORT + "print(abs(({a} - {b}).days) // 7)",
        lambda a, b: _span(a, b) // 7,
        held_out=True,
    ),
)
