"""What may be given as activations, and in which plain words all else is refused."""

import warnings

import numpy as np
import pytest
import torch

from convergent_widgets.compute.given import as_tensor, checked, fits_float32

AXES = ("rows", "units")


@pytest.fixture
def always_warned():
    """Torch warns once a process; here it warns each time, and a warning is an error."""
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    torch.set_warn_always(before)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([np.zeros((3, 2))], TypeError, "must map each net to an array, got list"),
        ({"a": np.zeros((3, 2), complex)}, TypeError, "of 'a' must be real numbers, got complex128"),
        ({"a": torch.zeros(3, 2, dtype=torch.complex64)}, TypeError, r"real numbers, got torch\.complex64"),
        ({"a": np.full((3, 2), None)}, TypeError, "real numbers, got object"),
        ({"a": [["0", "1"]]}, TypeError, "real numbers, got <U1"),
        ({"a": np.zeros(3)}, ValueError, r"must be \(rows, units\), got shape \(3,\)"),
        (
            {"a": torch.zeros(3, 2, device="meta"), "b": np.zeros((3, 2))},
            ValueError,
            "on one device, got {'a': 'meta', 'b': 'cpu'}",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        checked(given, AXES)


def test_arrays_are_shared_with_torch():
    rows = np.zeros((3, 2), np.float32)
    shared = as_tensor(rows)
    rows[1, 1] = 5
    assert shared[1, 1] == 5


@pytest.mark.usefixtures("always_warned")
def test_arrays_that_torch_cannot_share_are_taken_without_a_warning():
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    locked = rows.copy()
    locked.flags.writeable = False
    with pytest.raises(UserWarning, match="not writable"):
        torch.as_tensor(locked)
    for values in (locked, rows[::-1], rows[:, ::-1], np.broadcast_to(np.float32(3), (4, 2))):
        np.testing.assert_array_equal(as_tensor(values).numpy(), values)


@pytest.mark.parametrize(
    "dtype",
    [
        *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.int64),
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
    ],
)
def test_float32_is_said_to_fit_exactly_where_it_does(dtype):
    if dtype.is_floating_point:
        hard = torch.tensor([torch.finfo(dtype).max, 1 + torch.finfo(dtype).eps, torch.finfo(dtype).tiny], dtype=dtype)
    else:
        last = 1 if dtype is torch.bool else min(torch.iinfo(dtype).max, 2**53 - 1)
        hard = torch.tensor([last, last - 1], dtype=dtype)
    assert fits_float32(dtype) == torch.equal(hard.float().double(), hard.double())
