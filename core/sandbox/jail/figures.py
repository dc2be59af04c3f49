"""A matplotlib backend that turns `plt.show()`, and figures still open at the end, into PNG files."""

import sys
from types import ModuleType
from typing import Any

BACKEND = "figures_to_files"


def offer() -> None:
    """Make the backend importable; matplotlib is not touched before a program (or the preloading) imports it."""
    sys.modules[BACKEND] = _Backend(BACKEND)


def save_open() -> None:
    """At the end of a cell: what is open and was not saved by the program itself. Raises what matplotlib raises."""
    backend = sys.modules.get(BACKEND)
    if "matplotlib.pyplot" in sys.modules and isinstance(backend, _Backend):
        backend.show()


class _Backend(ModuleType):
    """The module; its canvas class is made when matplotlib first asks for it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._count = 0
        self.show = self._show  # matplotlib looks into the module's own namespace

    def __getattr__(self, name: str) -> Any:
        if name != "FigureCanvas":
            raise AttributeError(name)
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc]
            """Remembers that the program has saved the figure itself."""

            was_saved = False

            def print_figure(self, *arguments: Any, **options: Any) -> Any:
                self.was_saved = True
                return super().print_figure(*arguments, **options)

        self.FigureCanvas = FigureCanvas
        return FigureCanvas

    def _show(self, *_: Any, **__: Any) -> None:
        """Save each open figure that the program did not save itself, and close all, as a notebook does."""
        from matplotlib import pyplot

        for number in pyplot.get_fignums():
            figure = pyplot.figure(number)
            if not getattr(figure.canvas, "was_saved", False):
                self._count += 1
                figure.savefig(f"figure_{self._count}.png")
        pyplot.close("all")
