"""matplotlib_backend: collects the figures that are shown while cells run.

matplotlib finds this module by its name.
"""

from __future__ import annotations

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from grader.sandbox.cell_run import figures


class FigureManager(FigureManagerBase):
    """Passes on every open figure and closes it, as notebooks do."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Show all figures."""
        for manager in Gcf.get_all_fig_managers():
            figure = manager.canvas.figure
            Gcf.destroy(manager)
            if figure.axes:
                figures.send(figure)


class FigureCanvas(FigureCanvasAgg):
    """A canvas of pixels."""

    manager_class = FigureManager
