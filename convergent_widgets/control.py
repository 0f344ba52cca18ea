"""A net's layer in another basis, compared with real nets: the control for the second finding of Li et al. 2015."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from convergent_widgets.analysis.control import rotated_control
from convergent_widgets.analysis.matching import METHODS, Matching, bipartite_match, semi_match
from convergent_widgets.analysis.prediction import PENALTIES, Prediction, held_out_moments, sparse_prediction
from convergent_widgets.analysis.rotation import Baseline, rotation_baseline
from convergent_widgets.analysis.similarity import cka
from convergent_widgets.choices import one_of
from convergent_widgets.moments import correlate

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison


@dataclass(frozen=True)
class Control:
    """A net whose units are a random rotation of another's live, standardised units; see `analysis.rotated_control`.

    It holds all that the original holds, in other units. Its answers are those of a Comparison, for the control as one
    of two nets and any net of the comparison, `other`, as the other: `other`'s units are the rows and look for their
    partners in the control, whose units are the columns and the predictors. The control has as many units as the
    original has `live` ones. `seed` draws the rotation from the Haar measure (Mezzadri 2007); by default it is not one
    of the rotation baseline's. Raises KeyError for a layer or a net that there is not, with the closest names.
    """

    comparison: Comparison
    layer: str
    net: str
    seed: int = 1000

    def __post_init__(self) -> None:
        self.comparison.units(self.layer, self.net)

    @cached_property
    def turn(self) -> np.ndarray:
        """The linear map from the net's units to the control's, (C, live); rows of dead units are 0."""
        ask = self.comparison
        return rotated_control(np.where(ask.dead(self.layer, self.net), 0.0, ask.std(self.layer, self.net)), self.seed)

    def mean(self, half: int | None = None) -> np.ndarray:
        """Means of the control's units over all images (or over one half), (live,)."""
        return self.comparison.mean(self.layer, self.net, half) @ self.turn

    def covariance(self, half: int | None = None) -> np.ndarray:
        """Covariance within the control over all images (or over one half), (live, live), divided by n."""
        return self.turn.T @ self.comparison.covariance(self.layer, self.net, self.net, half) @ self.turn

    def covariance_from(self, other: str, half: int | None = None) -> np.ndarray:
        """Covariance of `other`'s units with the control's, (C_other, live), divided by n; 0 for dead units."""
        return self.comparison.covariance(self.layer, other, self.net, half) @ self.turn

    def correlation_from(self, other: str) -> np.ndarray:
        """Correlation of `other`'s units with the control's, (C_other, live); NaN for dead units."""
        ask = self.comparison
        std = np.where(ask.dead(self.layer, other), 0.0, ask.std(self.layer, other))
        return correlate(self.covariance_from(other), std, np.sqrt(np.diagonal(self.covariance())), same=False)

    def match(self, other: str, method: str = "bipartite") -> Matching:
        """`other`'s units (rows) matched with the control's (columns), "bipartite" or "semi".

        Li et al. 2015, section 3. Raises ValueError for any other method.
        """
        one_of("method", method, METHODS)
        return (semi_match if method == "semi" else bipartite_match)(self.correlation_from(other))

    def baseline(self, other: str, method: str = "bipartite") -> Baseline:
        """What `other`'s units would match in further rotations of the control: see `analysis.rotation_baseline`.

        Raises ValueError for a method other than "bipartite" and "semi".
        """
        std = np.sqrt(np.diagonal(self.covariance()))
        return rotation_baseline(
            self.correlation_from(other), correlate(self.covariance(), std, std, same=True), method
        )

    def predicts(self, other: str, penalties: Sequence[float] = PENALTIES) -> Prediction:
        """`other`'s units (targets) predicted from few of the control's (inputs): Li et al. 2015, section 4.

        Trained on the images of even index, judged on the others; see `analysis.sparse_prediction` for the shapes.
        Raises ValueError for penalties that are negative or none.
        """
        ask, layer = self.comparison, self.layer
        variances = [np.diagonal(ask.covariance(layer, other, other, half)) for half in (0, 1)]
        covariances = [self.covariance(half) for half in (0, 1)]
        between = [self.covariance_from(other, half).T for half in (0, 1)]
        held_out = held_out_moments(
            self.mean(0),
            ask.mean(layer, other, 0),
            self.mean(1),
            ask.mean(layer, other, 1),
            covariances[1],
            between[1],
            variances[1],
        )
        return sparse_prediction(covariances[0], between[0], variances[0], penalties, held_out)

    def cka(self, other: str) -> float:
        """Linear CKA of the standardised units of `other` with the control's: 1 where `other` is the original.

        Kornblith et al. 2019; see `analysis.cka`. NaN where either has no live unit.
        """
        ask, layer = self.comparison, self.layer
        std = np.where(ask.dead(layer, other), np.inf, ask.std(layer, other))
        return cka(ask.correlation(layer, other, other), self.covariance(), self.covariance_from(other) / std[:, None])
