"""The paper's figures for any Comparison, drawn by matplotlib.

Each function returns a matplotlib Figure that shows itself in a notebook; `figure.savefig("name.png")`, or `.svg`,
keeps it.
"""

try:
    from convergent_widgets.figures.curves import loss_against_sparsity, mean_curves, means_of_matches, rank_curves
    from convergent_widgets.figures.matrices import cluster_matrix, matrix
    from convergent_widgets.figures.units import attributions, best_and_worst, cluster_units, filters, predictors
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "matplotlib":
        raise
    raise ModuleNotFoundError(
        'figures are drawn by matplotlib: pip install "convergent_widgets[view]"', name="matplotlib"
    ) from error

__all__ = [
    "attributions",
    "best_and_worst",
    "cluster_matrix",
    "cluster_units",
    "filters",
    "loss_against_sparsity",
    "matrix",
    "mean_curves",
    "means_of_matches",
    "predictors",
    "rank_curves",
]
