"""compare() as a whole: answers against stored activations, interruption, and every kind of bad input."""

import os
import signal
import warnings
from contextlib import nullcontext, suppress

import numpy as np
import pytest
import torch
from PIL import Image
from small_nets import LAYERS, Images, Small
from synthetic import moments_of
from torch import nn
from torch.utils.data import IterableDataset

import convergent_widgets as cw
from convergent_widgets.compute import bin_edges, binning, finishing, pipeline
from convergent_widgets.compute.positions import taken


def run(nets=None, images=None, layers=LAYERS, **options):
    nets = nets or {"a": Small(0), "b": Small(1, units=8)}
    return cw.compare(nets, images or Images(), layers, **{"progress": False, "device": "cpu", **options})


def recorded(net, pictures, layer):
    """The layer's activations as the net itself makes them."""
    kept = []
    handle = net.get_submodule(layer).register_forward_hook(lambda _m, _i, out: kept.append(out.clone()))
    with torch.no_grad():
        net(pictures.float() / 255)
    handle.remove()
    return kept[0] if kept[0].ndim == 4 else kept[0][:, :, None, None]


@pytest.mark.parametrize("batch_size", [1, 8, 100])
@pytest.mark.parametrize("workers", [0, 2])
def test_it_equals_stored_activations(batch_size, workers):
    nets, images = {"a": Small(0), "b": Small(1, units=8)}, Images()
    comparison = run(nets, images, batch_size=batch_size, workers=workers)
    assert comparison.complete
    assert comparison.images_seen == 21
    assert comparison.images.labels == tuple("cat" if i % 2 == 0 else "dog" for i in range(21))
    assert comparison.images.dataset == "noise"
    for layer in LAYERS:
        maps = {name: recorded(net, images.pictures, layer) for name, net in nets.items()}
        for half in (None, 0, 1):
            rows = {
                name: values[slice(half, None, None if half is None else 2)].permute(0, 2, 3, 1).flatten(0, 2).numpy()
                for name, values in maps.items()
            }
            reference = moments_of(rows)
            for a in nets:
                np.testing.assert_array_equal(comparison.dead(layer, a, half), reference.dead(a))
                for b in nets:
                    np.testing.assert_allclose(
                        comparison.correlation(layer, a, b, half), reference.correlation(a, b), atol=2e-6
                    )
        for name, values in maps.items():
            for unit in range(values.shape[1]):
                flat = values[:, unit].flatten(1)
                expected = sorted((-flat[i].max().item(), i) for i in range(21) if flat[i].max() > 0)[:9]
                top = comparison.top(layer, name, unit)
                np.testing.assert_allclose(top.activations, [-value for value, _ in expected], rtol=1e-5, atol=1e-6)
                if len(top.images) and np.diff(top.activations).max(initial=-1) < -1e-5:
                    assert top.images.tolist() == [i for _, i in expected]
                for image, (row, column) in zip(top.images, top.positions, strict=True):
                    assert values[image, unit, row, column] == pytest.approx(
                        flat[image].max().item(), rel=1e-5, abs=1e-6
                    )


def test_patches_show_the_place_that_excited_the_unit():
    images = Images()
    images.pictures[:] = 0
    images.pictures[5, :, 7, 3] = 255
    net = Small(0)
    with torch.no_grad():
        net.conv1[0].weight[:] = 0
        net.conv1[0].weight[2, :, 1, 1] = 1
        net.conv1[0].bias[:] = 0
    comparison = run({"a": net}, images, ["conv1"])
    top = comparison.top("conv1", "a", 2)
    assert top.images.tolist() == [5]
    assert top.positions.tolist() == [[7, 3]]
    patch = comparison.patches("conv1", "a", 2)
    assert patch.shape == (1, 3, 3, 3)
    assert patch[0, 1, 1].tolist() == [255] * 3
    assert patch.sum() == 3 * 255
    assert comparison.picture("a", 5)[7, 3].tolist() == [255] * 3
    assert comparison.field("conv1", "a", (7, 3)) == (6, 2, 9, 5)
    assert comparison.dead("conv1", "a").tolist() == [True, True, False, True, True, True]


def test_mutual_information_is_that_of_binned_activations():
    from sklearn.metrics import mutual_info_score

    nets, images = {"a": Small(0), "b": Small(1, units=8)}, Images()
    comparison = run(nets, images, ["conv1", "fc"], mutual_information=True, batch_size=4)
    for layer in ("conv1", "fc"):
        rows = {
            name: recorded(net, images.pictures, layer).permute(0, 2, 3, 1).flatten(0, 2).numpy()
            for name, net in nets.items()
        }
        bins = {
            name: np.stack([np.searchsorted(e, v) for e, v in zip(bin_edges(values), values.T, strict=True)])
            for name, values in rows.items()
        }
        for one, other in (("a", "b"), ("b", "a"), ("a", "a")):
            expected = [[mutual_info_score(x, y) for y in bins[other]] for x in bins[one]]
            found = comparison.mutual_information(layer, one, other)
            assert np.median(abs(found - expected)) < 1e-6  # the net's own rounding moves a few values across an edge
            assert abs(found - expected).max() < 2e-2
        dead = comparison.dead(layer, "a")
        assert (comparison.mutual_information(layer, "a", "b")[dead] == 0).all()
        matching = comparison.match(layer, "a", "b", measure="mutual_information")
        assert not set(np.flatnonzero(dead)) & set(matching.rows.tolist())
    assert comparison.settings["mutual_information"]


def test_mutual_information_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(binning, "MOST_BYTES", 10_000)
    with pytest.raises(ValueError, match="`mutual_information` would take 0 GB for layer 'conv1' with 14 units"):
        run(mutual_information=True)


def test_filters_of_the_first_layer_are_kept():
    nets = {"a": Small(0), "b": Small(1, units=8)}
    comparison = run(nets)
    for name, net in nets.items():
        np.testing.assert_array_equal(comparison.filters("conv1", name), net.conv1[0].weight.detach().numpy())
        for deeper in ("conv2", "fc"):
            with pytest.raises(ValueError, match="no first layer"):
                comparison.filters(deeper, name)


def test_pooled_means_of_different_grids_are_compared_with_bins_of_their_own():
    comparison = run(
        images=Images(60), layers={"mixed": {"a": "conv1", "b": "conv2"}}, positions="pooled", mutual_information=True
    )
    live = ~comparison.dead("mixed", "a")
    entropy = np.diag(comparison.mutual_information("mixed", "a", "a"))
    assert (entropy[live] > 1).all()
    assert comparison.correlation("mixed", "a", "b").shape == (6, 10)


@pytest.mark.parametrize("positions", ["pooled", 5])
def test_fewer_positions(positions):
    nets, images = {"a": Small(0), "b": Small(1, units=8)}, Images()
    comparison = run(nets, images, positions=positions, batch_size=4)
    assert comparison.settings["positions"] == positions
    for layer in LAYERS:
        rows = {
            name: taken(recorded(net, images.pictures, layer), torch.arange(21), positions, 0)
            for name, net in nets.items()
        }
        reference = moments_of({name: maps.permute(0, 2, 3, 1).flatten(0, 2).numpy() for name, maps in rows.items()})
        np.testing.assert_allclose(comparison.correlation(layer, "a", "b"), reference.correlation("a", "b"), atol=2e-6)
    everywhere = run(nets, images, batch_size=4).top_table("conv1", "a")
    np.testing.assert_array_equal(comparison.top_table("conv1", "a").activations, everywhere.activations)


def test_deciles_are_images_that_excite_the_unit_with_their_pictures():
    nets, images = {"a": Small(0), "b": Small(1, units=8)}, Images(40)
    comparison = run(nets, images, ["conv1"])
    maps = recorded(nets["b"], images.pictures, "conv1")
    for unit in range(8):
        positive = (maps[:, unit].amax((1, 2)) > 0).sum().item()
        shown = comparison.top("conv1", "b", unit, "deciles")
        assert len(shown.images) == min(9, positive)
        assert (np.diff(shown.activations) <= 0).all()
        for image, (row, column), activation in zip(shown.images, shown.positions, shown.activations, strict=True):
            assert maps[image, unit, row, column].item() == pytest.approx(activation, rel=1e-5)
        if positive == 40:
            wanted = np.quantile(maps[:, unit].amax((1, 2)), np.arange(9, 0, -1) / 10)
            assert abs(shown.activations - wanted).max() < 0.1 * wanted.max()
        assert comparison.patches("conv1", "b", unit, "deciles").shape[1:] == (3, 3, 3)
    with pytest.raises(ValueError, match="`which` must be one of"):
        comparison.top("conv1", "b", 0, "weakest")


def test_without_patches_no_pictures_are_kept():
    comparison = run(patches=0)
    assert comparison.top("conv1", "a", 0).images.shape == (0,)
    assert comparison.top("conv1", "a", 0, "deciles").images.shape == (0,)
    with pytest.raises(KeyError, match="patches=0"):
        comparison.picture("a", 0)


def test_a_net_against_itself_is_the_identity(tmp_path):
    net = Small(0)
    comparison = run({"a": net, "same": net})
    matching = comparison.match("fc", "a", "same")
    assert (matching.rows == matching.columns).all()
    np.testing.assert_allclose(matching.values, 1, atol=1e-6)
    comparison.save(tmp_path / "r.npz")
    assert cw.Comparison.load(tmp_path / "r.npz").match("fc", "a", "same").total == matching.total


def test_the_modules_are_left_as_they_were():
    net = Small(0)
    net.train()
    net.conv2.eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    run({"a": net, "b": Small(1)})
    assert net.training
    assert not net.conv2.training
    assert net.conv1[0].weight.requires_grad
    assert torch.is_grad_enabled()
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert not any(module._forward_hooks for module in net.modules())


def test_layers_of_different_names_are_paired_by_label():
    comparison = run(layers={"first": {"a": "conv1", "b": "conv1.1"}, "second": "conv2"})
    assert comparison.layers == ("first", "second")
    assert comparison.module("first", "b") == "conv1.1"


def test_a_layer_that_a_net_names_twice_is_compared_once():
    twice = {name: cw.Net(Small(seed), layers=["conv1", "conv1"]) for seed, name in enumerate("ab")}
    assert run(twice, layers=None).layers == ("conv1",)


def test_suggested_layers_are_found():
    comparison = run(layers=None)
    assert set(comparison.layers) >= {"conv1", "conv2"}


def test_maps_of_different_resolution_need_resize():
    layers = {"mixed": {"a": "conv1", "b": "conv2"}}
    with pytest.raises(ValueError, match=r"a: 'conv1' 12 x 12, b: 'conv2' 6 x 6.*resize="):
        run(layers=layers)
    with pytest.raises(
        ValueError, match=r"'fc' 1 x 1\); compare layers of equal size: `resize` leaves vectors"
    ) as told:
        run(layers={"mixed": {"a": "conv1", "b": "fc"}}, resize=(6, 6))
    assert "resize=" not in str(told.value)
    images = Images()
    nets = {"a": Small(0), "b": Small(1, units=8)}
    comparison = run(nets, images, layers, resize=(6, 6))
    small = nn.functional.interpolate(recorded(nets["a"], images.pictures, "conv1"), size=(6, 6), mode="bilinear")
    rows = {
        name: maps.permute(0, 2, 3, 1).flatten(0, 2).numpy()
        for name, maps in (("a", small), ("b", recorded(nets["b"], images.pictures, "conv2")))
    }
    np.testing.assert_allclose(
        comparison.correlation("mixed", "a", "b"), moments_of(rows).correlation("a", "b"), atol=2e-6
    )
    assert comparison.patches("mixed", "a", int(comparison.best_unit("mixed", "a", "b"))).shape[1:] == (3, 3, 3)


def test_nets_with_different_preprocessing_get_a_warning_and_pictures_of_their_own():
    def flip(image):
        return image.flip(-1).float() / 255

    with pytest.warns(UserWarning, match="different `preprocess`"):
        comparison = run({"a": Small(0), "b": cw.Net(Small(1), preprocess=flip)}, layers=["conv1"])
    assert comparison.picture_set("a") != comparison.picture_set("b")
    shared = set(comparison.top_table("conv1", "a").images.ravel()) & set(
        comparison.top_table("conv1", "b").images.ravel()
    )
    image = max(shared)
    np.testing.assert_array_equal(comparison.picture("a", image), comparison.picture("b", image)[:, ::-1])


def test_a_preprocess_that_normalises_too_is_told_once_and_its_pictures_are_stretched():
    def normalising(image):
        return (image.float() / 255 - 0.5) / 0.25

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        comparison = run({"a": cw.Net(Small(0), preprocess=normalising)}, layers=["conv1"])
    assert len([w for w in caught if "also normalises" in str(w.message)]) == 1
    picture = comparison.picture(
        "a", int(comparison.top("conv1", "a", comparison.best_unit("conv1", "a", "a")).images[0])
    )
    assert (picture.min(), picture.max()) == (0, 255)


def test_a_preprocess_that_fails_names_the_image():
    def fails(image):
        if int(image[0, 0, 0]) == int(Images().pictures[4, 0, 0, 0]):
            raise RuntimeError("too dark")
        return image.float() / 255

    with pytest.raises(ValueError, match="image 'image 4' cannot be prepared: too dark"):
        run({"a": cw.Net(Small(0), preprocess=fails)}, layers=["conv1"])


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("where", [0, 4])
def test_a_dataset_that_fails_in_its_own_way_names_the_image(workers, where):
    class Broken(Images):
        def __getitem__(self, index):
            if index == where:
                raise KeyError("lost")
            return super().__getitem__(index)

    with pytest.raises(ValueError, match=f"^image {where} of noise cannot be read: KeyError: 'lost'$"):
        run(images=Broken(), workers=workers)


def test_numpy_numbers_are_whole_numbers():
    assert run(batch_size=np.int64(4), patches=np.int32(2), seed=np.uint8(1)).settings["batch_size"] == 4


def test_float_images_beyond_one_are_not_blamed_on_a_preprocess():
    class Floats(Images):
        def __getitem__(self, index):
            return self.pictures[index].float()

    with pytest.warns(UserWarning, match=r"the images hold values from 0 to 255, outside \[0, 1\]") as told:
        run(images=Floats(), layers=["conv1"])
    assert len(told) == 1


def test_a_preprocess_that_changes_nothing_is_no_other_preprocess():
    run({"a": Small(0), "b": cw.Net(Small(1), preprocess=lambda image: image)}, layers=["conv1"])


class ChannelsLast(nn.Module):
    """A stem of maps, then blocks of (N, H, W, C)."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.ReLU())
        self.block = nn.Sequential(nn.Linear(5, 7), nn.ReLU())

    def forward(self, images):
        return self.block(self.stem(images).permute(0, 2, 3, 1)).mean((1, 2))


def test_layers_left_out_for_their_form_are_told():
    net = ChannelsLast()
    with pytest.warns(UserWarning, match=r"net 'a': 3 of its layers, such as 'block.0', look like \(N, H, W, C\)"):
        comparison = run({"a": net}, layers=None)
    assert comparison.layers == ("stem",)
    comparison = run({"a": cw.Net(net, channels_last=["block", "block.0", "block.1"])}, layers=None)
    assert comparison.layers == ("stem", "block")


def test_a_function_is_told_of_progress_and_may_end_the_run():
    told = []
    whole = run(progress=lambda *now: told.append(now), batch_size=4, mutual_information=True)
    assert whole.complete
    assert list(dict.fromkeys(step for step, _, _ in told)) == ["binning", "comparing", "keeping", "matching"]
    assert [now[1:] for now in told if now[0] == "comparing"] == [(n, 21) for n in (0, 4, 8, 12, 16, 20, 21)]
    for step in ("keeping", "matching"):
        done = [now[1] for now in told if now[0] == step]
        assert done == sorted(done)
        assert done[-1] == pytest.approx(told[-1][2] if step == "matching" else max(done))

    # no warning: it was the function itself that asked, and may do so again and again
    partial = run(progress=lambda step, done, of: done < 8, batch_size=4)
    assert (partial.complete, partial.images_seen) == (False, 8)

    class Given(Exception):
        pass

    def give_up(step, done, of):
        if done:
            raise Given

    with pytest.raises(Given):
        run(progress=give_up)
    assert run(progress=lambda step, done, of: done < of).complete


class Interrupting(Images):
    """Presses Ctrl-C while the tenth image is read, and once more if asked to."""

    def __init__(self, times=1):
        super().__init__()
        self.times = times

    def __getitem__(self, index):
        if index == 9:
            while self.times:
                self.times -= 1
                os.kill(os.getpid(), signal.SIGINT)
        return super().__getitem__(index)


def test_ctrl_c_returns_the_partial_comparison():
    before = signal.getsignal(signal.SIGINT)
    with pytest.warns(UserWarning, match="interrupted after 12 of 21 images"):
        comparison = run(images=Interrupting(), batch_size=4)
    assert not comparison.complete
    assert comparison.images_seen == 12
    images = Images(12)
    again = run(images=images, batch_size=4)
    np.testing.assert_allclose(
        again.correlation("conv1", "a", "b"), comparison.correlation("conv1", "a", "b"), atol=1e-6
    )
    assert comparison.patches("conv1", "a", comparison.best_unit("conv1", "a", "b")).size
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("workers", [0, 2])
def test_a_second_ctrl_c_raises(workers, monkeypatch):
    """Also one that comes while the workers are stopped, where Python drops what a destructor raises."""
    recorded = pipeline.Stage.record
    batches = iter(range(2))

    def record(stage, batch):
        if next(batches) == 1:
            os.kill(os.getpid(), signal.SIGINT)
            with suppress(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
        return recorded(stage, batch)

    monkeypatch.setattr(pipeline.Stage, "record", record)
    with pytest.raises(KeyboardInterrupt):
        run(batch_size=4, workers=workers)


def test_a_second_ctrl_c_raises_at_once():
    with pytest.raises(KeyboardInterrupt):
        run(images=Interrupting(times=2), batch_size=4)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_after_the_pass_is_answered_and_loses_nothing_unless_it_comes_twice(times, monkeypatch):
    keep = finishing.keep_pictures

    answers = []

    def pressed(*arguments, **options):
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            answers.append(len(told))
        return keep(*arguments, **options)

    monkeypatch.setattr(finishing, "keep_pictures", pressed)
    stops = pytest.raises(KeyboardInterrupt) if times == 2 else nullcontext()
    with pytest.warns(UserWarning, match="being finished; one more Ctrl-C gives it up") as told, stops:
        comparison = run()
    assert len(told) == 1
    assert answers == [1], "the first one is answered at once, not after the step that is under way"
    if times == 2:
        return
    assert told[0].filename == __file__
    assert comparison.complete


def test_ctrl_c_while_nothing_was_seen_has_nothing_to_keep():
    class Unreadable(Images):
        """The first batch cannot be read, though its first image could before the pass; Ctrl-C meanwhile."""

        asked = 0

        def __getitem__(self, index):
            self.asked += 1
            if self.asked > 2 and index < 4:
                if index == 3:
                    os.kill(os.getpid(), signal.SIGINT)
                raise OSError("not there")
            return super().__getitem__(index)

    with pytest.warns(UserWarning, match="4 of 21 images could not be read"), pytest.raises(KeyboardInterrupt):
        run(images=Unreadable(), batch_size=4)


def folder_of(tmp_path, modes=("RGB",) * 6, corrupt=()):
    random = np.random.default_rng(0)
    for number, mode in enumerate(modes):
        picture = Image.fromarray(random.integers(0, 256, (12, 12, 4), np.uint8), "RGBA").convert(mode)
        picture.save(tmp_path / f"{number}.png")
    for number in corrupt:
        (tmp_path / f"{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    return tmp_path


def test_one_corrupt_image_is_skipped_and_counted(tmp_path):
    folder = folder_of(tmp_path, corrupt=("2b",))
    with pytest.warns(UserWarning, match="1 of 7 images could not be read and were skipped: .*2b.jpg"):
        comparison = run(images=folder, batch_size=2)
    assert comparison.images_seen == 6
    assert comparison.complete
    assert len(comparison.skipped) == 1
    assert comparison.images.names == ("0.png", "1.png", "2.png", "2b.jpg", "3.png", "4.png", "5.png")
    good = run(images=Files([folder / f"{n}.png" for n in range(6)]), batch_size=2)
    np.testing.assert_allclose(comparison.correlation("fc", "a", "b"), good.correlation("fc", "a", "b"), atol=1e-6)


def test_a_file_name_that_is_not_utf8_loses_no_run(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    folder_of(folder)
    try:
        (folder / "0.png").rename(folder / os.fsdecode(b"caf\xe9.png"))
        (folder / os.fsdecode(b"th\xe9.jpg")).write_bytes(b"not a picture")
    except OSError:
        pytest.skip("this file system holds UTF-8 names only")
    with pytest.warns(UserWarning, match="th\ufffd.jpg"):
        comparison = run(images=folder, checkpoint=tmp_path / "run.ckpt")
    comparison.save(tmp_path / "made.npz")
    assert "caf\ufffd.png" in cw.Comparison.load(tmp_path / "made.npz").images.names
    assert comparison.images_seen == 6


class Files:
    """The images of some files."""

    def __init__(self, paths):
        self.paths = paths

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return Image.open(self.paths[index])


def test_grey_and_rgba_images_are_taken_by_an_rgb_net(tmp_path):
    comparison = run(images=folder_of(tmp_path, ("L", "RGBA", "RGB", "L", "P", "1")))
    assert comparison.images_seen == 6
    assert not comparison.skipped


def test_only_corrupt_images_are_an_error(tmp_path):
    with pytest.raises(ValueError, match="none of the 2 images could be read"):
        run(images=folder_of(tmp_path, (), ("a", "b")))


def test_images_of_different_size_without_preprocess_name_both(tmp_path):
    folder = folder_of(tmp_path)
    Image.new("RGB", (13, 12)).save(folder / "wide.png")
    with pytest.raises(ValueError, match=r"'0.png' is 3 x 12 x 12, 'wide.png' is 3 x 12 x 13.*preprocess"):
        run(images=folder, layers=["conv1"])


class Bursting(nn.Module):
    """Makes NaN or infinity for one image."""

    def __init__(self, value):
        super().__init__()
        self.layer = nn.ReLU()
        self.value = value

    def forward(self, images):
        images = images.clone()
        images[images[:, 0, 0, 0] == 1, 1, 2, 3] = self.value
        return self.layer(images)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_names_net_layer_and_image(value):
    images = Images()
    images.pictures[:, 0, 0, 0] = 0
    images.pictures[13, 0, 0, 0] = 255
    with pytest.raises(
        ValueError,
        match=r"net 'b', layer 'layer': the activation of unit 1 for image 13 \('image 13'\) is not a finite number",
    ):
        run({"a": Bursting(0.0), "b": Bursting(value)}, images, ["layer"])


def test_filters_that_the_device_has_no_memory_for_are_left_out(monkeypatch):
    def full(*_given):
        raise torch.cuda.OutOfMemoryError("out of memory")

    monkeypatch.setattr(finishing, "first_filters", full)
    with pytest.warns(UserWarning, match="net '[ab]', layer 'conv1': too little memory for its filters") as told:
        found = run({"a": Small(0), "b": Small(1)}, Images(8), ["conv1"])
    assert len(told) == 2
    with pytest.raises(ValueError, match="one filter each"):
        found.filters("conv1", "a")


class Stream(IterableDataset):
    """Has no index."""

    def __iter__(self):
        return iter(())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"layers": ["conv3"]}, ValueError, r"net 'a': no layer 'conv3' .*the closest are 'conv"),
        ({"layers": "conv1"}, TypeError, "must be a list of names"),
        ({"layers": []}, ValueError, "names no layer"),
        ({"layers": {"x": {"a": "conv1"}}}, ValueError, "must name a layer for each of"),
        ({"layers": {"x": 3}}, TypeError, "must map each net"),
        ({"images": Stream()}, TypeError, "looked up again by index"),
        ({"images": "no/such/folder"}, FileNotFoundError, "no folder no/such/folder"),
        ({"nets": [Small(0)]}, TypeError, "`nets` must map"),
        ({"nets": {"a": "resnet18"}}, TypeError, "torch.nn.Module"),
        ({"nets": {" ": Small(0)}}, ValueError, "names that can be read"),
        ({"nets": {"a\ud800": Small(0)}}, ValueError, "names that can be read"),
        ({"layers": {"conv\ud800": "conv1"}}, ValueError, "labels that can be read"),
        ({"layers": {1: "conv1", "1": "conv2"}}, ValueError, "different labels"),
        ({"device": "cudo"}, ValueError, "`device` 'cudo' cannot be used here"),
        ({"device": 3.5}, ValueError, "`device` '3.5' cannot be used here"),
        ({"seed": None}, ValueError, "`seed` must be a whole number of at least 0, got None"),
        ({"resize": (2.5, 3)}, ValueError, "`resize` must be"),
        (
            {"images": Images(shape=(3, 9, 9))},
            ValueError,
            "net 'a' does not run on pictures of 3 x 9 x 9.*`preprocess`",
        ),
        ({"patches": -1}, ValueError, "`patches` must be a whole number of at least 0"),
        ({"seed": -1}, ValueError, "`seed` must be a whole number"),
        ({"nets": {1: Small(0), "1": Small(1)}}, ValueError, "different names"),
        ({"batch_size": 0}, ValueError, "`batch_size` must be a whole number of at least 1"),
        ({"resize": 7}, ValueError, r"`resize` must be \(rows, columns\)"),
        ({"positions": "some"}, ValueError, "`positions` must be 'all', 'pooled' or a number"),
        ({"nets": [Small(0)]}, TypeError, r"`nets` must map .* got \[Small\([^\n]{60,90}…$"),
        (
            {"nets": {"a": cw.Net(Small(0), preprocess=lambda _image: 1 / 0), "b": Small(1)}},
            ValueError,
            "net 'a': its `preprocess` fails on the first image: division by zero",
        ),
        ({"positions": 0}, ValueError, "`positions` must be a whole number of at least 1"),
        ({"workers": 1025}, ValueError, r"`workers` must be a whole number in 0\.\.1024, got 1025"),
        ({"scratch": 5}, TypeError, r"`scratch` must be a path \(str or pathlib.Path\), got 5"),
        ({"scratch": b"/tmp"}, TypeError, "`scratch` must be a path .*, got b'/tmp'"),
        ({"scratch": True}, TypeError, "`scratch` must be a path .*, got True"),
        ({"scratch": ""}, ValueError, "`scratch` must be a path, got an empty one"),
        ({"checkpoint": 5}, TypeError, "`checkpoint` must be a path .*, got 5"),
        ({"checkpoint": ["a"]}, TypeError, r"`checkpoint` must be a path .*, got \['a'\]"),
        ({"checkpoint": ""}, ValueError, "`checkpoint` must be a path, got an empty one"),
        ({"mixed_precision": "yes"}, TypeError, "`mixed_precision` must be True or False, got 'yes'"),
        ({"mutual_information": "no"}, TypeError, "`mutual_information` must be True or False, got 'no'"),
        ({"attributions": 1}, TypeError, "`attributions` must be True or False, got 1"),
        ({"progress": "no"}, TypeError, "`progress` must be True, False or a function, got 'no'"),
        ({"checkpoint": "no/such/folder/run.ckpt"}, ValueError, "`checkpoint` must be a file in a folder that exists"),
    ],
)
def test_bad_input_is_told_before_the_first_forward_pass(options, error, message, monkeypatch):
    monkeypatch.setattr(pipeline, "run_pass", lambda *_arguments: pytest.fail("the pass began"))
    with pytest.raises(error, match=message):
        run(**options)


def test_a_checkpoint_with_no_folder_is_told_before_any_net_runs(monkeypatch):
    monkeypatch.setattr(pipeline, "Stage", lambda *_arguments: pytest.fail("the nets were asked"))
    with pytest.raises(ValueError, match="`checkpoint` must be a file in a folder"):
        run(checkpoint="no/such/folder/run.ckpt")


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="holds no image files"):
        run(images=tmp_path)


def test_nets_that_share_no_layer_are_told_how_to_pair(monkeypatch):
    other = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU())
    with pytest.raises(ValueError, match=r"share no layer name .*pair their layers yourself"):
        run({"a": Small(0), "b": other}, layers=None)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_what_the_cpu_gives():
    nets, images = {"a": Small(0), "b": Small(1, units=8)}, Images(250)  # enough rows for blocks of float32
    on_cpu = run(nets, images, mutual_information=True)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        on_gpu = run(nets, images, mutual_information=True, device="cuda")
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(before)
    assert next(nets["a"].parameters()).device.type == "cpu"
    for layer in LAYERS:
        for a in nets:
            np.testing.assert_array_equal(on_gpu.dead(layer, a), on_cpu.dead(layer, a))
            one, other = on_gpu.top_table(layer, a), on_cpu.top_table(layer, a)
            np.testing.assert_allclose(one.activations, other.activations, rtol=1e-4, atol=1e-5)
            assert (one.images == other.images).mean() > 0.98
            for b in nets:
                np.testing.assert_allclose(on_gpu.correlation(layer, a, b), on_cpu.correlation(layer, a, b), atol=1e-4)
                information = (made.mutual_information(layer, a, b) for made in (on_gpu, on_cpu))
                np.testing.assert_allclose(*information, atol=1e-2)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("function", [cw.compare, cw.estimate])
def test_the_callers_random_numbers_go_on_as_if_nothing_had_run(function, workers):
    nets = {"a": Small(0), "b": Small(1)}
    silent = {"progress": False} if function is cw.compare else {}
    before = torch.get_rng_state()
    function(nets, Images(), LAYERS, device="cpu", workers=workers, mutual_information=True, **silent)
    cw.layers(nets["a"], Images()[0][0])
    assert torch.equal(torch.get_rng_state(), before)


def test_a_flag_may_be_one_of_numpy():
    assert run(mutual_information=np.True_).settings["mutual_information"] is True
