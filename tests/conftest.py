"""What all tests share: fixed seeds (another with CONVERGENT_WIDGETS_SEED), and a Python in which torch is absent."""

import os

# Small arrays on several threads wait for one another more than they work, the more so on a busy machine. Said before
# numpy is loaded, which asks only then.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import random
import sys
from pathlib import Path

import hypothesis
import numpy as np
import pytest

# The files that take longest are handed out first, or one process waits for the other's last one at the end.
FIRST = (
    "browser/test_lab.py",
    "compute/test_distributed.py",
    "zoo/test_zoo.py",
    "test_notebooks.py",
    "browser/test_lab_saved.py",
    "browser/test_page_gallery.py",
    "browser/test_page_host.py",
    "test_benchmarks.py",
    "export/test_lesson.py",
    "browser/test_everywhere.py",
    "browser/test_page_clusters.py",
    "test_figures.py",
    "test_package.py",
)

SEED = os.environ.get("CONVERGENT_WIDGETS_SEED")

hypothesis.settings.register_profile("default", deadline=None, derandomize=SEED is None)
hypothesis.settings.load_profile("default")

WITHOUT_TORCH = """
import sys
from importlib.machinery import PathFinder

class WithoutTorch(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision"}:
            return None
        return super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutTorch
"""


def pytest_collection_modifyitems(items):
    places = {Path(__file__).parent / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(autouse=True)
def seeds():
    seed = int(SEED or 0)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - for code that asks the global generator
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)


@pytest.fixture
def environment_without_torch(tmp_path_factory):
    """Environment variables under which a new Python finds no torch, as if it were not installed."""
    folder = tmp_path_factory.mktemp("without_torch")
    (folder / "sitecustomize.py").write_text(WITHOUT_TORCH)
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
