"""Top images against a sort of everything, however the images arrive."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convergent_widgets.compute.top import TopImages

IMAGES, UNITS, ROWS, COLUMNS, K = 23, 6, 3, 4, 5


def maps(seed=0, levels=6):
    """Maps with many ties and many zeros."""
    random = np.random.default_rng(seed)
    return torch.from_numpy(
        np.maximum(random.integers(-levels, levels, (IMAGES, UNITS, ROWS, COLUMNS)), 0).astype(np.float32)
    )


def reference(values, k=K):
    """Per unit the (image, position, activation) of the k strongest images; ties to the lower image, then position."""
    found = []
    for unit in range(UNITS):
        flat = values[:, unit].flatten(1)
        best = [(-float(flat[image].max()), image, int(flat[image].argmax())) for image in range(IMAGES)]
        found.append([(image, place, -negative) for negative, image, place in sorted(best)[:k] if negative < 0])
    return found


def table(top):
    result = top.compute()
    return [
        [
            (int(image), int(row * COLUMNS + column), float(activation))
            for image, (row, column), activation in zip(
                result.images[unit], result.positions[unit], result.activations[unit], strict=True
            )
            if image >= 0
        ]
        for unit in range(UNITS)
    ]


def gather(values, order, cuts=()):
    top = TopImages(UNITS, K, COLUMNS)
    for part in np.split(np.asarray(order), cuts):
        if len(part):
            top.update(values[part], torch.from_numpy(part))
    return top


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 1000), st.permutations(range(IMAGES)), st.sets(st.integers(1, IMAGES - 1)), st.integers(0, IMAGES)
)
def test_any_batching_order_and_merging_gives_the_strongest(seed, order, cuts, split):
    values = maps(seed)
    assert table(gather(values, order, sorted(cuts))) == reference(values)
    first, second = gather(values, order[:split]), gather(values, order[split:])
    kept = table(second)
    first.merge(second)
    assert table(first) == reference(values)
    assert table(second) == kept


def test_fewer_images_than_k_and_images_that_do_not_excite_leave_places_empty():
    values = torch.zeros(IMAGES, UNITS, ROWS, COLUMNS)
    values[3, 0, 1, 2], values[7, 1] = 2.5, -1
    result = gather(values, range(IMAGES)).compute()
    assert result.images[0].tolist() == [3, -1, -1, -1, -1]
    assert result.positions[0, 0].tolist() == [1, 2]
    assert result.activations[0].tolist() == [2.5, 0, 0, 0, 0]
    assert (result.images[1:] == -1).all()


def test_other_tables_cannot_be_merged():
    with pytest.raises(ValueError, match="cannot merge"):
        TopImages(UNITS, K, COLUMNS).merge(TopImages(UNITS, K + 1, COLUMNS))
