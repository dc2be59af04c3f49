"""Pieces of text that programs repeat: each is one token of the bundled model, so that answers are short and quick.

They only change how text is cut, never what can be written. Finer pieces exist beside each of them.
"""

OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "=", "==", "!=", "<", ">", "<=", ">=", "+=", "-=", "*=", "&", "|")
"""Each with the space before it, and with both spaces."""

FUNCTIONS = (
    *(
        "print",
        "sum",
        "len",
        "range",
        "sorted",
        "reversed",
        "max",
        "min",
        "abs",
        "round",
        "int",
        "float",
        "str",
        "list",
    ),
    *("set", "any", "all", "zip", "map", "filter", "enumerate", "count", "is_prime", "date", "timedelta"),
)
"""Each with its bracket, after a space and after something else."""

METHODS = ("join", "split", "count", "append", "upper", "lower", "title", "replace", "strip", "format", "index")
"""Each with its dot and bracket."""

OPENINGS = (
    "I",  # how every thought begins
    "\n",
    "\nprint(",
    "\nprint(sum(",
    "\nprint(len(",
    "\nprint(max(",
    "\nprint(min(",
    "\nprint(round(",
    "\nprint(sorted(",
    "\nprint(list(",
    "\nprint([",
    "\nprint('",
    "\nprint(f'",
    "\nprint(math.",
    "\nprint(statistics.",
    "\nimport ",
    "\nfrom ",
    "\nfor ",
    "\nnums = ",
    "\nnums = [",
    "\nnums = list(range(",
    "\nnums = [n for n in nums if ",
    "\nnums = [n for n in nums if n % ",
    "\nwords = ",
    "\nwords = ['",
    "\nword = '",
    "\ntext = '",
    " = list(",
    " = ['",
    " = [",
    " = '",
    ".join(",
    "'.split(",
    "'.lower(",
    "', '",
    '", "',
    "['",
    '["',
    "('",
    '("',
    "f'",
    'f"',
    " + '",
)
"""What something follows. Where a word follows, the mark that takes its space back is part of the piece."""

PARTS = (
    *("[::-1]", "[::-1])", "**", "//", "==", "!=", "<=", ">=", "+=", "-=", "*=", "()", "[]", "''", '""', "\n\n", "\t"),
    *(")", "))", ")))", "'))", "')", '")', "])", "]))", ")]", "):", "))):", "':", "']", '"]', "'])", "]", "}"),
    *("...", "?!", "!!", "??", "->", "', ", ": ", ", -", "[-1]", "[0]", " + 1)", " + 1))", " == 0]", " == 1]"),
    *("nums)", "nums))", "nums)))", "n)", "(n)", "(n", "[n", "[n for n in ", "_", "key=len", "key=", "reverse=True"),
    *(" for n in nums", " for n in nums]", " for n in nums if ", " for n in range(", " for d in range("),
    *(" for word in words", " for c in ", " in range(", " in enumerate(", " / len(nums)", "\nprint(nums)"),
    *("\nimport math", "\nimport statistics", "\nfrom itertools import ", "\nfrom datetime import "),
    *("\nfrom collections import Counter", "\nfrom itertools import count, islice", "\nwhile len(nums) < "),
    "\ndef is_prime(n):",
    "\n    return n > 1 and all(n % d for d in range(2, int(n ** 0.5) + 1))",
    "\nnums = list(islice(filter(is_prime, count(2)), ",
    "\nnums.append(nums[-1] + nums[-2])",
    "\nprint('I cannot do that yet: ",
    "I cannot do this yet.",
)

CLOSINGS = (")", "))", ")))", "')", "'))", "])", "]))", "]", "}", "nums)", "nums))", " + 1)", " + 1))", "n)", "[::-1])")
"""With the line break after them, where a program ends."""
