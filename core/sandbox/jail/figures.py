"""A matplotlib backend that turns `plt.show()`, and figures still open at the end, into PNG files."""

import sys
from types import ModuleType
from typing import Any

BACKEND = "figures_to_files"


def offer() -> None:
    """Make the backend importable; matplotlib is not touched before a program (or the preloading) imports it."""
    module = ModuleType(BACKEND)
    state = _Figures()
    module.__getattr__ = state.attribute  # type: ignore[method-assign]  # matplotlib asks for FigureCanvas
    module.show = state.show  # type: ignore[attr-defined]
    module.save_open = state.save_open  # type: ignore[attr-defined]
    sys.modules[BACKEND] = module


def save_open() -> None:
    """At the end of a cell: what is open and was not saved by the program itself. Raises what matplotlib raises."""
    if "matplotlib.pyplot" in sys.modules and (module := sys.modules.get(BACKEND)) is not None:
        module.save_open()


class _Figures:
    """Numbers the files; the canvas class is made when matplotlib first asks for it."""

    def __init__(self) -> None:
        self._count = 0
        self._canvas: Any = None

    def attribute(self, name: str) -> Any:
        """`FigureCanvas` and `FigureManager` of this backend; AttributeError for other names."""
        if name == "FigureCanvas":
            return self._canvas or self._make_canvas()
        if name == "FigureManager":
            from matplotlib.backend_bases import FigureManagerBase

            return FigureManagerBase
        raise AttributeError(name)

    def _make_canvas(self) -> Any:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc]
            """Remembers that the program has saved the figure itself."""

            was_saved = False

            def print_figure(self, *arguments: Any, **options: Any) -> Any:
                self.was_saved = True
                return super().print_figure(*arguments, **options)

        self._canvas = FigureCanvas
        return FigureCanvas

    def show(self, *_: Any, **__: Any) -> None:
        """`plt.show()`: what is open becomes files and is closed, as in a notebook."""
        self.save_open()

    def save_open(self) -> None:
        """Save each open figure that the program did not save itself, and close all."""
        from matplotlib import pyplot

        for number in pyplot.get_fignums():
            figure = pyplot.figure(number)
            if not getattr(figure.canvas, "was_saved", False):
                self._count += 1
                figure.savefig(f"figure_{self._count}.png")
        pyplot.close("all")
