"""What memory is left, by whoever limits it, and the refusal of a run that needs more."""

import pytest
from small_nets import LAYERS, Images, Small

import convergent_widgets as cw
from convergent_widgets import cli
from convergent_widgets.compute import needed, pipeline, scratch
from convergent_widgets.compute.available_memory import available_memory

MEMINFO = "MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    9000 kB\n"
UNLIMITED = 9223372036854771712


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(text))


def test_the_system_tells(tmp_path):
    assert available_memory(tmp_path) is None
    write(tmp_path, {"proc/meminfo": MEMINFO})
    assert available_memory(tmp_path) == 9000 * 1024


def test_a_control_group_of_version_2_limits_with_those_above_it(tmp_path):
    write(
        tmp_path,
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "0::/user/job\n",
            "sys/fs/cgroup/user/job/memory.max": "max\n",
            "sys/fs/cgroup/user/job/memory.current": "100\n",
            "sys/fs/cgroup/user/memory.max": "5000000\n",
            "sys/fs/cgroup/user/memory.current": "3000000\n",
            "sys/fs/cgroup/user/memory.stat": "anon 2000000\ninactive_file 400000\n",
        },
    )
    assert available_memory(tmp_path) == 5_000_000 - 3_000_000 + 400_000


def test_a_container_sees_its_group_as_the_root(tmp_path):
    write(
        tmp_path,
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "0::/not/seen/here\n",
            "sys/fs/cgroup/memory.max": "4000000\n",
            "sys/fs/cgroup/memory.current": "1000000\n",
        },
    )
    assert available_memory(tmp_path) == 3_000_000


def test_a_control_group_of_version_1(tmp_path):
    files = {
        "proc/meminfo": MEMINFO,
        "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/job\n0::/\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": UNLIMITED,
        "sys/fs/cgroup/memory/memory.usage_in_bytes": 10**9,
        "sys/fs/cgroup/memory/job/memory.limit_in_bytes": 6_000_000,
        "sys/fs/cgroup/memory/job/memory.usage_in_bytes": 5_500_000,
        "sys/fs/cgroup/memory/job/memory.stat": "inactive_file 1\ntotal_inactive_file 200000\n",
    }
    write(tmp_path, files)
    assert available_memory(tmp_path) == 700_000
    write(tmp_path, {"sys/fs/cgroup/memory/job/memory.usage_in_bytes": 7_000_000})
    assert available_memory(tmp_path) == 0


def test_this_machine_tells_something():
    found = available_memory()
    assert found is None or found > 0


NETS = {"a": Small(0, units=300), "b": Small(1, units=300)}


def ask(function, images=None, **options):
    return function(NETS, images or Images(), LAYERS, batch_size=1, patches=0, device="cpu", **options)


@pytest.fixture
def _little(monkeypatch):
    monkeypatch.setattr(needed, "available_memory", lambda: 10_000_000)


@pytest.mark.usefixtures("_little")
def test_a_run_that_does_not_fit_is_refused_before_its_pass(monkeypatch):
    monkeypatch.setattr(pipeline, "run_pass", lambda *_given: pytest.fail("the pass began"))
    monkeypatch.setattr(pipeline, "bins_of", lambda *_given: pytest.fail("it was sampled"))
    with pytest.raises(MemoryError) as told:
        ask(cw.compare, progress=False, mutual_information=True)
    text = str(told.value)
    assert "of memory, of which 10.0 MB are available; mutual information takes 352.4 MB of it, " in text
    assert " of it, matching the units takes " in text
    assert " of it, layer 'conv2' alone (302 + 302 units) takes " in text
    assert text.endswith(" of it. Fewer nets or layers need less")  # 10 MB are too little for anything else


DISK = r"`scratch=folder` \(--scratch FOLDER\), which keeps the large matrices on disk, it may fit"


@pytest.mark.parametrize(
    ("megabytes", "information", "advice"),
    [
        (100, True, "Without mutual information it may fit"),
        (40, True, f"Without mutual information and with {DISK}"),
        (40, False, f"With {DISK}"),
        (1, True, "Fewer nets"),
        (1, False, "Fewer nets"),
    ],
)
def test_what_is_advised_would_make_it_fit(monkeypatch, megabytes, information, advice):
    monkeypatch.setattr(scratch, "LEAST_BYTES", 2**20)
    monkeypatch.setattr(needed, "available_memory", lambda: megabytes * 10**6)
    with pytest.raises(MemoryError, match=rf" of it\. {advice}") as told:
        ask(cw.compare, progress=False, mutual_information=information)
    assert ("mutual information takes 352.4 MB of it" in str(told.value)) is information


def test_several_processes_are_not_advised_what_is_refused_for_them(monkeypatch):
    monkeypatch.setattr(scratch, "LEAST_BYTES", 2**20)
    monkeypatch.setattr(needed, "available_memory", lambda: 40_000_000)
    assert "`scratch=" in ask(cw.estimate).warning
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert "`scratch=" not in ask(cw.estimate).warning


def test_an_estimate_names_mutual_information_where_it_is_most():
    found = ask(cw.estimate, mutual_information=True)
    assert found.information_memory > found.memory / 2
    assert f" of memory ({found.information_memory / 1e6:.1f} MB of it for mutual information), a file" in str(found)
    assert ask(cw.estimate).information_memory == 0
    assert "mutual information" not in str(ask(cw.estimate))


def test_scratch_makes_it_fit(monkeypatch, tmp_path):
    options = {"progress": False, "scratch": tmp_path}
    monkeypatch.setattr(scratch, "LEAST_BYTES", 2**20)
    monkeypatch.setattr(needed, "available_memory", lambda: 40_000_000)
    with pytest.raises(MemoryError):
        ask(cw.compare, progress=False)
    assert ask(cw.compare, **options).complete
    monkeypatch.setattr(needed, "available_memory", lambda: 1_000_000)
    with pytest.raises(MemoryError, match=r"of it\. Fewer nets or layers need less$"):
        ask(cw.compare, **options)


def test_what_is_taken_after_the_pass_counts(monkeypatch):
    nets = {name: Small(seed, units=300) for seed, name in enumerate("abcd")}
    found = cw.estimate(nets, Images(), ["conv1"], batch_size=1, patches=0, device="cpu")
    monkeypatch.setattr(needed, "available_memory", lambda: 35_000_000)
    with pytest.raises(MemoryError, match=r"of which 35\.0 MB are available"):
        cw.compare(nets, Images(), ["conv1"], batch_size=1, patches=0, device="cpu", progress=False)
    assert found.layers[0].memory < 35_000_000 < found.memory


def test_processes_on_one_machine_share_its_memory(monkeypatch):
    monkeypatch.setattr(needed, "available_memory", lambda: 90_000_000)
    assert ask(cw.estimate).warning is None
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "16")
    assert "of memory, in 16 processes on this machine, of which 90.0 MB are available" in ask(cw.estimate).warning


def test_where_nothing_is_known_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(needed, "available_memory", lambda: None)
    assert cw.compare({"a": Small(0)}, Images(), ["fc"], patches=0, device="cpu", progress=False).complete


@pytest.mark.usefixtures("_little")
def test_an_estimate_warns_and_runs_no_batch(monkeypatch):
    monkeypatch.setattr("convergent_widgets.compute.stage.Stage.record", lambda *_: pytest.fail("a batch was run"))
    found = ask(cw.estimate)
    assert "10.0 MB are available" in found.warning
    first, second, *_ = str(found).splitlines()
    assert first == f"warning: {found.warning}"
    assert second == "21 images: time not measured"
    assert found.memory > 10_000_000


def test_the_command_says_it_in_one_line(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(needed, "available_memory", lambda: 1000)
    asked = ["compare", "zoo@seed 0", "zoo@seed 1", "--images", "zoo", "--layers", "fc1", "--device", "cpu"]
    assert cli.main([*asked, "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("warning: the run needs")
    assert cli.main([*asked, "-o", str(tmp_path / "result.npz")]) == 2
    assert "error: the run needs" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
