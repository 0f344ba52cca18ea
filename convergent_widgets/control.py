"""A net's layer in another basis, compared with real nets: the control that shows the paper's second finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from convergent_widgets.analysis.control import rotated_control
from convergent_widgets.analysis.matching import Matching, bipartite_match, semi_match
from convergent_widgets.analysis.prediction import PENALTIES, Prediction, held_out_moments, sparse_prediction
from convergent_widgets.analysis.rotation import Baseline, rotation_baseline
from convergent_widgets.analysis.similarity import cka
from convergent_widgets.moments import correlate

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison


@dataclass(frozen=True)
class Control:
    """A net whose units are a random rotation of another's live, standardised units; see `analysis.rotated_control`.

    It holds all that the original holds, in other units. Its answers are those of a Comparison, for the control as one
    of two nets and any net of the comparison as the other. The default seed is not one of the rotation baseline's.
    """

    comparison: Comparison
    layer: str
    net: str
    seed: int = 1000

    @cached_property
    def turn(self) -> np.ndarray:
        """The map from the net's units to the control's, (C, live)."""
        ask = self.comparison
        return rotated_control(np.where(ask.dead(self.layer, self.net), 0.0, ask.std(self.layer, self.net)), self.seed)

    def mean(self, half: int | None = None) -> np.ndarray:
        """Means of the control's units, (live,)."""
        return self.comparison.mean(self.layer, self.net, half) @ self.turn

    def covariance(self, half: int | None = None) -> np.ndarray:
        """Covariance within the control, (live, live)."""
        return self.turn.T @ self.comparison.covariance(self.layer, self.net, self.net, half) @ self.turn

    def covariance_from(self, other: str, half: int | None = None) -> np.ndarray:
        """Covariance of `other`'s units with the control's, (C_other, live)."""
        return self.comparison.covariance(self.layer, other, self.net, half) @ self.turn

    def correlation_from(self, other: str) -> np.ndarray:
        """Correlation of `other`'s units with the control's, (C_other, live); NaN for dead units."""
        ask = self.comparison
        std = np.where(ask.dead(self.layer, other), 0.0, ask.std(self.layer, other))
        return correlate(self.covariance_from(other), std, np.sqrt(np.diagonal(self.covariance())), same=False)

    def match(self, other: str, method: str = "bipartite") -> Matching:
        """`other`'s units matched with the control's."""
        return (semi_match if method == "semi" else bipartite_match)(self.correlation_from(other))

    def baseline(self, other: str, method: str = "bipartite") -> Baseline:
        """What `other`'s units would match in further rotations of the control."""
        std = np.sqrt(np.diagonal(self.covariance()))
        return rotation_baseline(
            self.correlation_from(other), correlate(self.covariance(), std, std, same=True), method
        )

    def predicts(self, other: str, penalties: Sequence[float] = PENALTIES) -> Prediction:
        """`other`'s units predicted from few of the control's, trained on one half, judged on the other."""
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
        """Linear CKA of the standardised units of `other` with the control's: 1 where `other` is the original."""
        ask, layer = self.comparison, self.layer
        std = np.where(ask.dead(layer, other), np.inf, ask.std(layer, other))
        return cka(ask.correlation(layer, other, other), self.covariance(), self.covariance_from(other) / std[:, None])
