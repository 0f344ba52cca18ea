"""What a GPU gives beside the CPU: the same numbers, its speed, its memory. A Markdown section for RESULTS.md.

    python benchmarks/device.py [--device cuda] [--images 384] [--rounds 3]

Some minutes, with nothing but this package: the zoo's nets and images, and two residual nets of random weights at 224
pixels. Each check has its limit beside it; the exit status is 1 where one is missed.
"""

import argparse
import statistics
import sys
import time
import warnings
from collections import Counter
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import nn

import convergent_widgets as cw
from convergent_widgets.compute import StreamingMutualInformation, StreamingStatistics
from convergent_widgets.compute import statistics as streaming
from convergent_widgets.compute.devices import moved, usable
from convergent_widgets.compute.images import open_images
from convergent_widgets.compute.information import bin_edges
from convergent_widgets.compute.loading import batches
from convergent_widgets.compute.positions import taken
from convergent_widgets.compute.precision import full_float32
from convergent_widgets.compute.sampled import SampledImages
from convergent_widgets.compute.top import TopImages

CPU = torch.device("cpu")
BATCH = 32
CPU_IMAGES = 96
FORMS = (torch.contiguous_format, torch.channels_last)


class Some:
    """The first `count` images of a data set."""

    name = "some images"

    def __init__(self, images, count):
        self.images, self.count = images, min(count, len(images))

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if index >= self.count:
            raise IndexError(index)
        return self.images[index]


class Block(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, before, after, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.BatchNorm2d(after),
        )
        same = before == after and stride == 1
        self.across = nn.Identity() if same else nn.Conv2d(before, after, 1, stride, bias=False)
        self.relu = nn.ReLU()

    def forward(self, maps):
        """The block's output."""
        return self.relu(self.body(maps) + self.across(maps))


def residual(seed):
    """A net of the size of resnet18, in eight blocks."""
    torch.manual_seed(seed)
    widths = (64, 64, 64, 128, 128, 256, 256, 512, 512)
    blocks = [Block(before, after, 2 if after > before else 1) for before, after in pairwise(widths)]
    stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
    return nn.Sequential(stem, *blocks).eval()


BARE, MIXED = "bare passes", "bare passes, mixed precision"
BLOCKS = [str(number) for number in range(1, 9)]


def noise(count):
    """Images of 224 pixels that are there already, so that loading costs little."""
    generator = torch.Generator().manual_seed(0)
    return list(torch.randint(0, 256, (count, 3, 224, 224), dtype=torch.uint8, generator=generator))


class Report:
    """Rows of checks and of measurements."""

    def __init__(self):
        self.checks, self.measured, self.failed = [], [], []

    def check(self, what, found, limit):
        """A number that must not exceed its limit."""
        self.checks.append(f"| {what} | {found:.2g} | {limit:g} |")
        if not found <= limit:
            self.failed.append(what)

    def measure(self, what, value):
        """A number to know."""
        self.measured.append(f"| {what} | {value} |")

    def print(self, title):
        """The section."""
        print(f"## GPU\n\n{title}\n\n| check | found | at most |\n|---|---|---|", *self.checks, sep="\n")
        print("\n| measured | |\n|---|---|", *self.measured, sep="\n")
        print(f"\nMissed: {'; '.join(self.failed)}." if self.failed else "\nAll checks hold.")


def greatest(one, other):
    """The greatest difference, NaN beside NaN left out; infinite where only one is NaN."""
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if (np.isnan(one) != np.isnan(other)).any():
        return np.inf
    return float(np.nanmax(np.abs(one - other), initial=0.0))


def activations(images=128, units=40, side=28):
    """Maps of two nets with shared causes: rare units, units far from 0, ties, and a dead one."""
    generator = torch.Generator().manual_seed(1)
    causes = torch.randn(images, units, side, side, generator=generator)
    maps = {}
    for net in ("a", "b"):
        values = causes + torch.randn(images, units, side, side, generator=generator)
        values = (values - torch.linspace(-1, 3, units)[:, None, None]).clamp(min=0)
        values[:, ::7] = values[:, ::7] + 1000
        values[:, 1::7] = values[:, 1::7].round()
        values[:, 5] = 0
        maps[net] = values
    return maps


def same_activations(report, device):
    """Statistics, counts, kept images and positions, given the same activations."""
    maps = activations()
    images = torch.randperm(len(maps["a"]), generator=torch.Generator().manual_seed(2))
    widths = {net: values.shape[1] for net, values in maps.items()}
    rows = {net: values.transpose(0, 1).flatten(1).t() for net, values in maps.items()}
    edges = {net: bin_edges(values[:8192]) for net, values in rows.items()}
    found = {}
    for place in (CPU, device):
        there = {net: values.to(place) for net, values in maps.items()}
        gathered, counted = StreamingStatistics(widths), StreamingMutualInformation(edges)
        tops, samples = TopImages(widths["a"], 9, 28), SampledImages(widths["a"], 28, seed=0, size=20)
        for start, form in zip(range(0, len(images), 32), 2 * FORMS, strict=True):
            part = slice(start, start + 32)
            gathered.update_maps({net: values[part].contiguous(memory_format=form) for net, values in there.items()})
            counted.update({net: values[part].transpose(0, 1).flatten(1).t() for net, values in there.items()})
            tops.update(there["a"][part], images[part])
            samples.update(there["a"][part], images[part])
        chosen = taken(there["a"], images, 50, 0).cpu()
        counts = [counted.state()[name] for name in ("above/0", "above/1", "both/0", "both/1", "both/2")]
        found[place] = gathered.compute(), counts, (tops.compute(), samples.compute()), chosen
    (one, counts, kept, chosen), (other, its_counts, its_kept, its_chosen) = found[CPU], found[device]
    report.check(
        "correlations, same activations",
        max(greatest(one.correlation(a, b), other.correlation(a, b)) for a in widths for b in widths),
        1e-5,
    )
    report.check("joint counts, same activations", max(map(greatest, counts, its_counts)), 0)
    for word, mine, its in zip(("strongest images", "sampled images"), kept, its_kept, strict=True):
        parts = ("images", "positions", "activations")
        report.check(
            f"{word} with ties: index, position, activation",
            max(greatest(getattr(mine, part), getattr(its, part)) for part in parts),
            0,
        )
    report.check("positions drawn by the seed", greatest(chosen, its_chosen), 0)


def differences(one, other):
    """The greatest difference of correlations, and the share of strongest images that are the same."""
    nets, layers = list(one.nets), list(one.layers)
    pairs = [(layer, a, b) for layer in layers for a in nets for b in nets]
    r = max(greatest(one.correlation(*pair), other.correlation(*pair)) for pair in pairs)
    tops = [
        (one.top_table(layer, net).images == other.top_table(layer, net).images).mean()
        for layer in layers
        for net in nets
    ]
    return r, float(np.mean(tops))


def end_to_end(report, device):
    """The zoo's nets, run on both."""
    nets = {name: net for name, net in cw.zoo.nets().items() if name in ("seed 0", "seed 1")}

    def compared(place, count=1000, **options):
        images = Some(cw.zoo.images(), count)
        return cw.compare(nets, images, device=place, progress=False, batch_size=BATCH, **options)

    on_cpu, on_device = compared(CPU), compared(device)
    r, tops = differences(on_cpu, on_device)
    report.check("correlations, end to end, zoo", r, 1e-4)
    report.check("strongest images that differ, share", 1 - tops, 0.01)
    report.check("a second run on the device", differences(on_device, compared(device))[0], 1e-6)
    with careless():
        report.check("with the caller's TF32 and autocast", differences(on_device, compared(device))[0], 1e-6)
    one, other = (compared(place, 200, layers=["conv1", "conv2"], mutual_information=True) for place in (CPU, device))
    pairs = [(layer, "seed 0", "seed 1") for layer in one.layers]
    found = max(greatest(one.mutual_information(*pair), other.mutual_information(*pair)) for pair in pairs)
    report.check("mutual information, end to end, nats", found, 1e-2)
    r, tops = differences(on_device, compared(device, mixed_precision=True))
    report.measure("mixed precision, zoo: greatest error of r", f"{r:.1e}")
    report.measure("mixed precision, zoo: strongest images that stay", f"{tops:.1%}")


@contextmanager
def careless():
    """A caller who allows TF32 and autocast; RuntimeError where a run does not give that back."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        with torch.autocast("cuda" if torch.cuda.is_available() else "cpu", dtype=torch.bfloat16):
            yield
        if torch.get_float32_matmul_precision() != "high":
            raise RuntimeError("the caller's setting was not restored")
    finally:
        torch.set_float32_matmul_precision(before)


def forward(nets, images, device, *, mixed=False):
    """Seconds for an image of the nets' passes alone, in the precision of compare(), after the first batch."""
    source = open_images(images)
    for net in nets.values():
        net.module.to(device)
    loaded = batches(source, [None], range(len(source)), batch_size=BATCH, workers=0, pin=device.type == "cuda")
    with torch.no_grad(), full_float32(device), torch.autocast(device.type) if mixed else nullcontext():
        for number, batch in enumerate(loaded):
            pictures = moved(batch.pictures[0], device)
            for net in nets.values():
                net.module(net.prepare(pictures))
            if not number:
                synchronize(device)
                started = time.perf_counter()
    synchronize(device)
    seconds = time.perf_counter() - started
    for net in nets.values():
        net.module.to(CPU)
    return seconds / (len(source) - BATCH)


def comparing(nets, images, device, **options):
    """Seconds for an image of the pass of compare(), after the first batch."""
    told = []

    def tell(step, done, _of):
        if step == "comparing" and done:
            synchronize(device)
            told.append((done, time.perf_counter()))

    cw.compare(nets, images, BLOCKS, device=device, batch_size=BATCH, progress=tell, **options)
    (first, started), (last, ended) = told[0], told[-1]
    return (ended - started) / (last - first)


def synchronize(device):
    """Wait for the device."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def timed(work, device):
    """The seconds for an image that some work says it takes, and the device's greatest memory in bytes."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    seconds = work()
    return seconds, torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0


def speed(report, device, count, rounds):
    """Two residual nets, eight layers, every position."""
    nets = {f"seed {seed}": cw.Net(residual(seed)) for seed in (0, 1)}
    pictures = noise(count)

    def compare(**options):
        return lambda: comparing(nets, pictures, device, **({"patches": 0} | options))

    on_cpu = comparing(nets, pictures[:CPU_IMAGES], CPU, patches=0)
    tasks = {
        BARE: partial(forward, nets, pictures, device),
        MIXED: partial(forward, nets, pictures, device, mixed=True),
        "compare, patches=0": compare(),
        "compare, patches=9": compare(patches=9),
        "compare, positions=64": compare(positions=64),
        "compare, 4 workers": compare(workers=4),
        "compare, mixed precision": compare(mixed_precision=True),
    }
    forward(nets, pictures, device)
    taken_seconds = {name: [] for name in tasks}
    peaks = {}
    for _ in range(rounds):
        for name, work in tasks.items():
            seconds, peaks[name] = timed(work, device)
            taken_seconds[name].append(seconds)
    middle = {name: statistics.median(seconds) for name, seconds in taken_seconds.items()}
    report.measure("images a second on the CPU, compare, patches=0", f"{1 / on_cpu:.1f}")
    for name, seconds in middle.items():
        longer, faster = seconds / middle[MIXED if "mixed" in name else BARE], on_cpu / seconds
        beside = f"{longer:.2f} times the time of such bare passes, {faster:.1f} times the speed of the CPU"
        report.measure(name, f"{1 / seconds:.0f} images/s, {beside}, peak {peaks[name] / 1e9:.2f} GB")
    before = streaming.DEVICE_NUMBERS, streaming.DEVICE_ROWS
    streaming.DEVICE_NUMBERS, streaming.DEVICE_ROWS = streaming.BLOCK_NUMBERS, streaming.BLOCK_ROWS[1]
    try:
        seconds, _ = timed(compare(), device)
    finally:
        streaming.DEVICE_NUMBERS, streaming.DEVICE_ROWS = before
    report.measure("compare, patches=0, in blocks that fit the cache of a CPU", f"{1 / seconds:.0f} images/s")
    waits(report, device, nets, pictures)


def waits(report, device, nets, pictures):
    """What stays on the device afterwards, and how often a batch waits for it."""
    if device.type != "cuda":
        return
    before = torch.cuda.memory_allocated(device)
    asked = {}
    for count in (2 * BATCH, 4 * BATCH):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                cw.estimate(nets, pictures[:count], BLOCKS, device=device, batch_size=BATCH)
            finally:
                torch.cuda.set_sync_debug_mode("default")
        asked[count] = Counter("waits" for warning in told if "synchroniz" in str(warning.message))["waits"]
    each = (asked[4 * BATCH] - asked[2 * BATCH]) / 2
    report.measure("times that a batch waits for the device, 2 nets, 8 layers", f"{each:.0f}")
    report.check("bytes left on the device by two runs", torch.cuda.memory_allocated(device) - before, 0)


def main():
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--images", type=int, default=384, help="for the residual nets")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    try:
        device = usable(options.device)
    except ValueError as reason:
        sys.exit(str(reason))
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    started = time.perf_counter()
    report = Report()
    same_activations(report, device)
    end_to_end(report, device)
    speed(report, device, options.images, options.rounds)
    took = time.perf_counter() - started
    report.print(
        f"`python benchmarks/device.py`, {name}, torch {torch.__version__}, {torch.get_num_threads()} CPU threads, "
        f"{time.strftime('%Y-%m-%d')}, {took:.0f} s. The passes are of two residual nets at 224 pixels, 8 layers, "
        f"batches of {BATCH}, medians of {options.rounds}."
    )
    sys.exit(bool(report.failed))


if __name__ == "__main__":
    main()
