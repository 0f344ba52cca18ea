"""Comparison: all that can be asked of a run afterwards, from memory or from its file. It knows no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from convergent_widgets.analysis.activity import MeanActivations, mean_activations
from convergent_widgets.analysis.clustering import (
    Clusters,
    Sharing,
    block_affinity,
    cluster_sharing,
    spectral_clusters,
)
from convergent_widgets.analysis.cycles import Cycle, cycle
from convergent_widgets.analysis.halves import HeldOut, held_out, sampling_error
from convergent_widgets.analysis.prediction import PENALTIES, Prediction, held_out_moments, sparse_prediction
from convergent_widgets.analysis.similarity import cka
from convergent_widgets.recorded import Recorded
from convergent_widgets.remembered import remembered
from convergent_widgets.subset import SubsetMembers, chosen, subset_manifest

if TYPE_CHECKING:
    import pandas as pd

FEW_IMAGES = 200


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Recorded):
    """Nets compared over a set of images; made by `compare`, kept by `save`, opened by `load`.

    Layers and nets are asked for by name, units by number. Arrays that are returned are not to be written to.
    Unknown names raise KeyError with the closest ones, units out of range IndexError. What has to be computed is
    computed when first asked for, and remembered. What was recorded (matchings, baselines, top images, the file) is in
    `Recorded`.
    """

    def subset(self, nets: Sequence[str] | None = None, layers: Sequence[str] | None = None) -> Comparison:
        """Some of the nets and layers (None for all) as a Comparison of its own, in their order here.

        Nothing is computed anew: it reads the same members, also when it is saved. What is told of all other nets
        (`found_in`, `counterparts`) is then told of those. Raises KeyError for a name that is not there.
        """
        of_nets, of_layers = chosen("net", nets, self.nets), chosen("layer", layers, self.layers)
        return Comparison(
            subset_manifest(self._manifest, of_nets, of_layers),
            SubsetMembers(self._members, self._manifest, of_nets, of_layers),
        )

    @remembered
    def held_out(self, layer: str, a: str, b: str, method: str = "bipartite") -> HeldOut:
        """The matching made on one half of the images and read on the other, both ways: see `analysis.held_out`.

        With fewer than 200 images in all (`few_images`), halves say little.
        """
        return held_out(self.correlation(layer, a, b, 0), self.correlation(layer, a, b, 1), method)

    @remembered
    def sampling_error(self, layer: str, a: str, b: str) -> float:
        """The standard error of r, over images and positions as they were drawn: see `analysis.sampling_error`."""
        return sampling_error(self.correlation(layer, a, b, 0), self.correlation(layer, a, b, 1))

    @property
    def few_images(self) -> bool:
        """Whether there are too few images (the independent observations) to trust a correlation: under 200."""
        return self.images_seen < FEW_IMAGES

    @remembered
    def cycle(self, layer: str, nets: Sequence[str], method: str = "bipartite") -> Cycle:
        """Where the units of the first of `nets` arrive when they follow the matchings around: see `analysis.cycle`.

        Raises ValueError for fewer than two nets or a net named twice.
        """
        if isinstance(nets, str) or len(set(nets)) < max(len(nets), 2):
            raise ValueError(f"a cycle goes through at least two nets, each once; got {list(nets)}")
        return cycle([self.partners(layer, a, b, method) for a, b in pairwise([*nets, nets[0]])])

    @remembered
    def found_in(self, layer: str, net: str, method: str = "bipartite") -> np.ndarray:
        """In how many of the other nets each unit's partner is above the rotation baseline, (C,) int64."""
        others = [other for other in self.nets if other != net]
        found = np.zeros(self.units(layer, net), np.int64)
        for other in others:
            found += self.baseline(layer, net, other, method).above
        return found

    @remembered
    def mean_activations(self, layer: str) -> MeanActivations:
        """Spread of the units' means within each net, and how far the nets' sorted means lie apart."""
        return mean_activations({net: self.mean(layer, net) for net in self.nets})

    @remembered
    def cka(self, layer: str, a: str, b: str, standardised: bool = False) -> float:
        """Linear CKA of two nets' layers: see `analysis.cka`. `standardised` takes units of deviation 1."""
        ask = self.correlation if standardised else self.covariance
        return cka(ask(layer, a, a), ask(layer, b, b), ask(layer, a, b))

    @remembered
    def predict(
        self, layer: str, a: str, b: str, penalties: Sequence[float] = PENALTIES, trained_on: int = 0
    ) -> Prediction:
        """Each unit of `b` predicted from few units of `a`, by the lasso: see `analysis.sparse_prediction`.

        Trained on one half of the images (`trained_on`: 0 those of even index, 1 the others), judged exactly on the
        other: choose a penalty by `loss` or by `predictors`, and `held_out_loss` stays an honest report.
        """
        if isinstance(trained_on, bool) or trained_on not in (0, 1):
            raise ValueError(f"`trained_on` must be 0 or 1, got {trained_on!r}")
        half, other = trained_on, 1 - trained_on

        def variance(net: str, which: int) -> np.ndarray:
            return np.diagonal(self.covariance(layer, net, net, which))

        return sparse_prediction(
            self.covariance(layer, a, a, half),
            self.covariance(layer, a, b, half),
            variance(b, half),
            penalties,
            held_out_moments(
                self.mean(layer, a, half),
                self.mean(layer, b, half),
                self.mean(layer, a, other),
                self.mean(layer, b, other),
                self.covariance(layer, a, a, other),
                self.covariance(layer, a, b, other),
                variance(b, other),
            ),
        )

    @remembered
    def clusters(
        self,
        layer: str,
        a: str,
        b: str,
        clusters: int | None = None,
        *,
        method: str = "hierarchical",
        sign: str = "clip",
        seed: int = 0,
    ) -> Clusters:
        """The units of both nets clustered by their correlations: see `analysis.spectral_clusters`, `block_affinity`.

        Labels are of `a`'s units, then of `b`'s. `clusters` None lets the eigengap choose how many. Raises ValueError
        for a net and itself.
        """
        if a == b:
            raise ValueError(f"clusters are of the units of two nets, got {a!r} twice")
        ask = self.correlation
        affinity = block_affinity(ask(layer, a, a), ask(layer, a, b), ask(layer, b, b), sign)
        return spectral_clusters(affinity, clusters, seed, method=method)

    @remembered
    def cluster_sharing(
        self,
        layer: str,
        a: str,
        b: str,
        clusters: int | None = None,
        *,
        method: str = "hierarchical",
        sign: str = "clip",
        seed: int = 0,
    ) -> Sharing:
        """How much of each of the `clusters` the two nets share: see `analysis.cluster_sharing`."""
        labels = self.clusters(layer, a, b, clusters, method=method, sign=sign, seed=seed).labels
        ask = self.correlation
        return cluster_sharing(labels, ask(layer, a, a), ask(layer, a, b), ask(layer, b, b))

    @remembered
    def measures_agree(self, layer: str, a: str, b: str, method: str = "bipartite") -> np.ndarray:
        """For which units of `a` correlation and mutual information choose the same partner in `b`, (C_a,) bool."""
        by_r, by_information = (
            self.partners(layer, a, b, method, measure) for measure in ("correlation", "mutual_information")
        )
        return (by_r >= 0) & (by_r == by_information)

    def partners(
        self, layer: str, a: str, b: str, method: str = "bipartite", measure: str = "correlation"
    ) -> np.ndarray:
        """The unit of `b` that each unit of `a` is matched with, (C_a,) int64; -1 for none."""
        matching = self.match(layer, a, b, method, measure)
        partners = np.full(self.units(layer, a), -1, np.int64)
        partners[matching.rows] = matching.columns
        return partners

    def to_frame(self, layer: str, a: str, b: str, method: str = "bipartite") -> pd.DataFrame:
        """The units of net `a` beside those of `b`, one row each: a pandas DataFrame with the index "unit".

        `frame.attrs` holds layer, a, b and method. Nothing is rounded. The columns:

        - dead (bool): the unit never varies; mean, std (float): of its activation over all images and positions
        - partner (Int64): the unit of `b` it is matched with, NA for none; r (float): their correlation, NaN for none
        - rank (Int64): 1 + how many units of `b` have a greater r to it, NA for none
        - runner_up (float): the greatest r to any other unit of `b`, NaN for none
        - baseline (float): the greatest r that the same matching finds for it over random rotations of `b`; above
          (bool): whether r exceeds it
        - agrees (bool): both matchings give it this partner
        - best (Int64), best_r (float): the most similar unit of `b`, matched or not; NA and NaN for a dead unit
        - held_out_r (float): matched on one half of the images, read on the other, both ways averaged (`held_out`)
        - found_in (int64): in how many of the other nets its partner is above the baseline (`found_in`)
        - top_image (string): name of the image that excites it most, NA for none; top_activation (float): how much it
          does, NaN for none

        Raises ImportError where pandas is missing, KeyError for unknown names, ValueError for an unknown method and for
        a net and itself, which has no baseline.
        """
        from convergent_widgets.frames import units_frame

        return units_frame(self, layer, a, b, method)
