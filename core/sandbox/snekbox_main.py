"""Sent to a snekbox server as main.py: runs program.txt like a notebook cell. The return code tells the end."""

import ast
import os
import signal
import sys

OUT_OF_MEMORY = 77
_NAME = "<execute>"


def main(seconds: float) -> int:
    """Run the program; a clock of the kernel ends it after `seconds`."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from traces import describe  # type: ignore[import-not-found]  # it is sent beside this file

    with open("program.txt", encoding="utf-8", newline="") as file:
        code = file.read()
    signal.setitimer(signal.ITIMER_REAL, seconds)
    space: dict[str, object] = {"__name__": "__main__"}
    sys.argv[:] = [""]
    try:
        tree = ast.parse(code, _NAME)
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body[-1].value)
            tree.body.pop()
        exec(compile(tree, _NAME, "exec"), space)  # noqa: S102 (this is what it is for)
        if last is not None:
            sys.displayhook(eval(compile(last, _NAME, "eval"), space))  # noqa: S307 (as above)
    except SystemExit:
        raise
    except BaseException as error:
        sys.stdout.flush()
        sys.stderr.write(describe(error, {_NAME: code.splitlines(keepends=True)}))
        return OUT_OF_MEMORY if isinstance(error, MemoryError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
