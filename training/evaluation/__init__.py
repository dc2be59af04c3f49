"""How good a model is: questions in suites, asked through the real service, judged strictly, reported."""
