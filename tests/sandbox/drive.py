"""Run the attack list in one mode and print one JSON object: mode, number of cases, problems by case.

python drive.py MODE CONCURRENCY [SEED]
"""

import asyncio
import json
import sys

from core.sandbox import Sandbox
from core.sandbox.attack import load_cases, run_attacks


async def main(mode: str, concurrency: int, seed: int | None) -> dict[str, object]:
    """The outcome, as a value that travels."""
    cases = load_cases()
    async with Sandbox(mode=mode) as sandbox:
        found, reason = sandbox.mode, sandbox.reason
        outcomes = await run_attacks(sandbox, cases, concurrency=concurrency, shuffle_seed=seed)
    problems = {
        outcome.case.name: [*outcome.problems, outcome.output[-500:]] for outcome in outcomes if not outcome.passed
    }
    return {"mode": found, "reason": reason, "cases": len(cases), "problems": problems}


if __name__ == "__main__":
    words = sys.argv[1:]
    print(json.dumps(asyncio.run(main(words[0], int(words[1]), int(words[2]) if len(words) > 2 else None))))
