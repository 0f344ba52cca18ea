import json
import subprocess
import sys

import numpy as np
import pytest

from convergent_widgets.fields import Field

WINDOW = Field((4, 5), size=(7, 9), step=(2, 3), start=(-3, -4))
WHOLE = Field((2, 4))
TOKENS = Field((7, 1), tokens=(2, 3), extra=1)


def test_a_window_moves_by_its_step_and_may_reach_outside():
    assert WINDOW.box((0, 0), 10, 20) == (-3, -4, 4, 5)
    assert WINDOW.box((3, 4), 10, 20) == (3, 8, 10, 17)
    assert WINDOW.cell((3, 4), 10, 20) is None
    assert not WINDOW.whole


def test_a_layer_that_sees_everything_has_the_image_and_a_cell():
    assert WHOLE.whole
    assert WHOLE.box((1, 3), 20, 40) == (0, 0, 20, 40)
    assert WHOLE.cell((1, 3), 20, 40) == (10, 30, 20, 40)
    assert Field((1, 1)).box((0, 0), 20, 40) == (0, 0, 20, 40)
    assert Field((1, 1)).cell((0, 0), 20, 40) is None


def test_cells_cover_an_image_that_the_grid_does_not_divide():
    field = Field((3, 7))
    cells = field.cells([[(row, column) for column in range(7)] for row in range(3)], 28, 30)
    covered = np.zeros((28, 30), int)
    for top, left, bottom, right in cells.reshape(-1, 4):
        covered[top:bottom, left:right] += 1
    assert (covered == 1).all()


def test_tokens_have_cells_and_the_class_token_has_none():
    assert TOKENS.cell((0, 0), 20, 30) is None
    assert TOKENS.cell((1, 0), 20, 30) == (0, 0, 10, 10)
    assert TOKENS.cell((6, 0), 20, 30) == (10, 20, 20, 30)
    assert TOKENS.box((0, 0), 20, 30) == (0, 0, 20, 30)


@pytest.mark.parametrize("field", [WINDOW, WHOLE, TOKENS])
def test_many_positions_give_the_same_as_one(field):
    positions = np.stack(np.meshgrid(*map(np.arange, field.grid), indexing="ij"), axis=-1)
    boxes, cells = field.boxes(positions, 21, 32), field.cells(positions, 21, 32)
    assert boxes.dtype == cells.dtype == np.int32
    assert boxes.shape == cells.shape == (*field.grid, 4)
    for row, column in np.ndindex(field.grid):
        assert tuple(boxes[row, column]) == field.box((row, column), 21, 32)
        assert tuple(cells[row, column]) == (field.cell((row, column), 21, 32) or (-1, -1, -1, -1))


def test_padding_rows_of_a_table_have_no_cell():
    assert (WHOLE.cells([[-1, -1], [0, 0]], 20, 40)[0] == -1).all()
    assert WINDOW.boxes(np.zeros((0, 2)), 20, 40).shape == (0, 4)


def test_a_position_off_the_grid_is_refused():
    with pytest.raises(IndexError, match=r"grid of 4 x 5, got \(4, 0\)"):
        WINDOW.box((4, 0), 10, 10)
    with pytest.raises(IndexError, match=r"grid of 2 x 4, got \(0, -1\)"):
        WHOLE.cell((0, -1), 10, 10)


@pytest.mark.parametrize("field", [WINDOW, WHOLE, TOKENS])
def test_json_brings_back_the_same(field):
    assert Field.from_json(json.loads(json.dumps(field.to_json()))) == field


@pytest.mark.parametrize(
    "change",
    [
        {"grid": None},
        {"grid": [1, 2, 3]},
        {"grid": [0, 1]},
        {"size": [1.5, 2]},
        {"step": "ab"},
        {"start": [10**12, 0]},
        {"extra": True},
        {"tokens": [[1], 2]},
    ],
)
def test_foreign_json_is_refused(change):
    with pytest.raises(ValueError, match="not a receptive field"):
        Field.from_json(WINDOW.to_json() | change)


def test_json_that_is_no_mapping_is_refused():
    with pytest.raises(ValueError, match="not a receptive field"):
        Field.from_json([1, 2])


def test_fields_need_no_torch():
    code = "import sys, convergent_widgets.fields; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
