"""Which nets the zoo holds and how each was trained; numbers only, so that a viewer can read them without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """One net of the zoo: its widths (conv1 to conv4, fc1) and the seed of its initial weights and order of data."""

    name: str
    seed: int
    widths: tuple[int, int, int, int, int] = (24, 48, 64, 64, 128)

    @property
    def file(self) -> str:
        """Name of its weights file."""
        return self.name.replace(" ", "-") + ".pt"


RECIPES = (
    Recipe("seed 0", 0),
    Recipe("seed 1", 1),
    Recipe("seed 2", 2),
    Recipe("seed 3", 3),
    Recipe("wide", 4, (36, 72, 96, 96, 192)),
)
DEVIATION = 0.25
EPOCHS = 8
BATCH = 128
LEARNING_RATE = 0.05
WARM_UP = 200
MOMENTUM = 0.9
WEIGHT_DECAY = 1e-3
CLASSES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
