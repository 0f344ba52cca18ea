"""The page as a file: its size, its words, and that it is whole or not there."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path

import pytest
from exported import Elements, answers_of, page_of, pictures_of
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.export import lesson as module
from convergent_widgets.export.lesson import Lesson, build, export_html, export_size
from convergent_widgets.result_file import to_bytes

SCRIPT = "</script><script>alert(1)</script>"
HOSTILE = [
    SCRIPT,
    "<!--<script>",
    "{title} {} {0}",
    "'\"\n\t&lt;&",
    "ü 網 \u2028 __proto__",
]
QUESTION = {"text": "Which?", "answer": {"layer": "conv1", "net": "a", "unit": 3}}


@pytest.fixture(scope="module")
def whole():
    return synthetic_comparison({"a": 6, "b": 6, "c": 9}, k=4)


@pytest.fixture
def explorer(whole):
    opened = cw.Explorer(whole, still=False)
    yield opened
    opened.close()


def models_of(path):
    return page_of(path.read_text(encoding="utf-8"))[0]["models"]


# Sizes


def test_the_size_is_that_of_the_file_and_known_before(explorer, tmp_path):
    explorer.selection.select(layer="conv2", net="b", unit=4)
    explorer.selection.panels = ["means"]
    options = {"title": "Größe", "questions": [QUESTION], "units": 2, "nets": ["a", "b"], "patches": 2}
    before = explorer.export_size(**options)
    path = tmp_path / "lesson.html"
    after = explorer.export_html(path, **options).sizes
    assert before == after
    assert after.total == path.stat().st_size
    _, parts = page_of(path.read_text(encoding="utf-8"))
    pictures = sum(len(part) for name, part in parts.items() if name.startswith("pictures"))
    assert after.bytes["pictures"] == pictures
    assert after.bytes["program"] == path.stat().st_size - sum(map(len, parts.values()))
    assert re.match(r" +\d\.\d\d MB  in all\n +\d\.\d\d MB  the program itself\n", repr(after))


@pytest.mark.parametrize(
    "fewer",
    [{"layers": ["conv1"]}, {"nets": ["a", "b"]}, {"units": 1}, {"panels": ["means"]}, {"patches": 1}],
    ids=lambda fewer: next(iter(fewer)),
)
def test_each_choice_makes_it_smaller(whole, fewer):
    assert export_size(whole, Lesson(**fewer)).total < export_size(whole, Lesson()).total


def test_two_nets_of_the_zoo_with_all_layers_are_three_megabytes():
    zoo = cw.zoo.comparison()
    sizes = export_size(zoo, Lesson(nets=["seed 0", "seed 1"]), progress=False)
    assert sizes.total <= 3e6


def test_equal_input_gives_equal_bytes(whole, tmp_path):
    written = [
        export_html(whole, tmp_path / f"{name}.html", Lesson(units=2, picture_size=14), module=True)
        for name in ("one", "two")
    ]
    for kind in ("path", "module"):
        one, two = (getattr(each, kind).read_bytes() for each in written)
        assert one == two


# What it says


def test_it_opens_on_what_the_explorer_shows(explorer, tmp_path):
    explorer.selection.select(layer="conv2", net_a="c", net_b="b", net="b", unit=4, order="found")
    explorer.selection.panels = ["clusters", "means"]
    path = tmp_path / "lesson.html"
    explorer.export_html(path, panels=["means", "prediction"], views=["gallery", "matrix"])
    models = models_of(path)
    assert models["selection"] == {**explorer.selection.state(), "panels": ["means"]}
    assert models["lesson"]["inline_panels"] == ["means", "prediction"]
    assert models["lesson"]["views"] == ["matrix", "gallery"]


def test_it_opens_elsewhere_where_that_is_left_out(explorer, tmp_path):
    explorer.selection.select(layer="conv2", net_a="c", net_b="a", net="c", unit=8)
    path = tmp_path / "lesson.html"
    explorer.export_html(path, layers=["conv1"], nets=["a", "b"])
    models = models_of(path)
    place = {name: models["selection"][name] for name in ("layer", "net_a", "net_b", "net")}
    assert place == {"layer": "conv1", "net_a": "b", "net_b": "a", "net": "b"}
    assert models["data"]["facts"]["nets"] == ["a", "b"]
    assert models["lesson"]["left_out"][:2] == ["net c", "layer conv2"]


def test_what_it_opens_on_and_asks_about_has_patches(explorer, whole, tmp_path):
    worst = int(whole.match("conv1", "c", "a").rows[-1])
    explorer.selection.select(layer="conv1", net_a="c", net="c", unit=worst)
    path = tmp_path / "lesson.html"
    explorer.export_html(path, units={"conv2": {"a": [0]}}, questions=[QUESTION], panels=["prediction"])
    _, parts = page_of(path.read_text(encoding="utf-8"))
    tables, predictions = (answers_of(parts[f"0/{group}"]) for group in ("tables", "predictions"))
    pictures = pictures_of(parts)
    for net, unit in (("c", worst), ("a", 3)):
        meta, buffers = tables[f'["top","conv1","{net}","strongest"]']
        images = memoryview(buffers[0]).cast("i").tolist()[unit * meta["k"] : (unit + 1) * meta["k"]]
        assert images == whole.top("conv1", net, unit).images.tolist()
        assert {(0, image) for image in images} <= set(pictures)
        assert f'["prediction","conv1","b","{net}",{unit}]' in predictions


def test_title_text_and_questions(whole, tmp_path):
    path = tmp_path / "lesson.html"
    export_html(whole, path, Lesson(title="A & B", text="One.\n\nTwo.", questions=[QUESTION], nets=["a", "b"]))
    text = path.read_text(encoding="utf-8")
    assert "<title>A &amp; B</title>" in text
    lesson = models_of(path)["lesson"]
    assert (lesson["title"], lesson["text"]) == ("A & B", "One.\n\nTwo.")
    assert lesson["questions"][0]["answer"] == {"layer": ["conv1"], "net": ["a"], "unit": [3]}
    export_html(whole, path, Lesson(nets=["a", "b"]), overwrite=True)
    assert "<title>Do they learn the same? a, b</title>" in path.read_text(encoding="utf-8")
    assert models_of(path)["lesson"]["title"] == ""


def test_what_is_returned_says_how_to_embed_it(whole, tmp_path):
    done = export_html(whole, tmp_path / 'a "b" ü.html', Lesson(), module=True)
    assert done.iframe.startswith('<iframe src="a%20%22b%22%20%C3%BC.html" title="Explorer"')
    assert done.directive == ':::{anywidget} ./a "b" ü.mjs\n{}\n:::'
    text = repr(done)
    for words in (str(done.path), str(done.module), done.iframe, done.directive, f"{done.sizes.total / 1e6:.2f} MB"):
        assert words in text
    alone = export_html(whole, tmp_path / "alone.html", Lesson())
    assert (alone.module, alone.directive) == (None, None)
    assert "MyST" not in repr(alone)


# Names are text


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A page whose names and words are all hostile, its module, and the comparison."""
    comparison = synthetic_comparison(dict.fromkeys(HOSTILE, 6), tuple(HOSTILE), k=2)
    images = {"names": [HOSTILE[i % 5] for i in range(60)], "labels": [HOSTILE[(i + 1) % 5] for i in range(60)]}
    members = dict(comparison._members) | {"images": to_bytes(images)}
    comparison = cw.Comparison({**comparison._manifest, "dataset": SCRIPT}, members)
    words = " ".join(HOSTILE)
    question = {
        "text": words,
        "answer": {"net": HOSTILE[:2], "layer": SCRIPT, "unit": 1},
        "hint": words,
        "explanation": words,
        "start": {"net": SCRIPT},
    }
    lesson = Lesson(nets=HOSTILE[:4], layers=HOSTILE[:4], title=words, text=words, questions=[question])
    done = export_html(comparison, tmp_path_factory.mktemp("hostile") / "lesson.html", lesson, module=True)
    return done.path.read_text(encoding="utf-8"), done.module.read_text(encoding="utf-8"), words


def test_hostile_names_make_no_element(hostile, whole, tmp_path):
    text, _, _ = hostile
    path = tmp_path / "lesson.html"
    export_html(whole, path, Lesson())
    expected = [tag for tag, *_ in Elements(path.read_text(encoding="utf-8")).elements]
    found = [tag for tag, *_ in Elements(text).elements]
    assert [tag for tag in found if tag != "script"] == [tag for tag in expected if tag != "script"]
    _, parts = page_of(text)
    assert found.count("script") == 2 + len(parts)
    assert "alert(1)" not in re.sub(r"alert\(1\)\\u003c|alert\(1\)&lt;", "", text)


def test_hostile_names_are_all_there_as_they_are(hostile):
    text, _, words = hostile
    page, parts = page_of(text)
    models = page["models"]
    assert page["title"] == models["lesson"]["title"] == models["lesson"]["text"] == words
    assert [content for tag, _, content in Elements(text).elements if tag == "title"] == [words]
    [question] = models["lesson"]["questions"]
    assert {question["text"], question["hint"], question["explanation"]} == {words}
    assert question["answer"]["net"] == HOSTILE[:2]
    facts = models["data"]["facts"]
    assert facts["nets"] == [layer["name"] for layer in facts["layers"]] == HOSTILE[:4]
    assert facts["dataset"] == SCRIPT
    assert models["lesson"]["left_out"][:2] == [f"net {HOSTILE[4]}", f"layer {HOSTILE[4]}"]
    assert {tuple(caption[2:]) for _, caption in pictures_of(parts).values()} <= {
        (HOSTILE[i], HOSTILE[(i + 1) % 5]) for i in range(5)
    }
    tables = answers_of(parts["0/tables"])
    assert json.dumps(["means", SCRIPT], separators=(",", ":"), ensure_ascii=False) in tables


def test_the_inline_json_has_no_angle_bracket(hostile):
    text, module_text, _ = hostile
    inline = re.search(r'<script type="application/json" id="page">(.*?)</script>', text, re.DOTALL)[1]
    assert "<" not in inline
    assert inline.isascii()
    [line] = [line for line in module_text.splitlines() if line.startswith("const lessonPage = ")]
    assert json.loads(line.removeprefix("const lessonPage = ").removesuffix(";")) == json.loads(inline)
    assert "<" not in line


def test_the_page_forbids_itself_all_requests(hostile):
    [policy] = [a["content"] for _, a, _ in Elements(hostile[0]).elements if a.get("http-equiv")]
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy


# Bad input, before any work


@pytest.fixture
def no_work(monkeypatch):
    monkeypatch.setattr(module, "gather", lambda *_, **__: pytest.fail("it was begun"))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"layer": ["conv1"]}, TypeError, "export_html: there is no option 'layer'; the closest are 'layers'"),
        ({"layers": ["conv9"]}, KeyError, "there is no layer 'conv9'"),
        ({"layers": "conv1"}, TypeError, "`layers` must be a list of names, got the text 'conv1'"),
        ({"nets": []}, ValueError, "`nets` must name at least one net"),
        ({"units": 0}, ValueError, "`units` must be a whole number of at least 1, got 0"),
        ({"panels": "means"}, TypeError, r"a list of names of each panel is expected, e\.g\. \['means'\] or \[\]"),
        ({"panels": None}, TypeError, "got None"),
        ({"panels": ["mean"]}, ValueError, "there is no panel 'mean'; the closest are 'means'"),
        ({"views": ["matrx"]}, ValueError, "there is no view 'matrx'; the closest are 'matrix'"),
        ({"views": []}, ValueError, "`views` must name at least one of toolbar, matrix, overview, gallery"),
        ({"pictured": ["all"]}, ValueError, "there is no kind of patches 'all'"),
        ({"pictured": ["deciles"]}, ValueError, r"must hold 'strongest'.*got \['deciles'\]; patches=0"),
        (
            {"pictured": ["strongest", "attributions"]},
            ValueError,
            "this comparison holds no attributions: compare",
        ),
        ({"patches": -1}, ValueError, "`patches` must be a whole number of at least 0, got -1"),
        ({"picture_size": 7}, ValueError, "`picture_size` must be a whole number of at least 8, got 7"),
        ({"title": 5}, TypeError, "`title` must be a text, got 5"),
        ({"text": None}, TypeError, "`text` must be a text, got None"),
        ({"text": "\ud800"}, ValueError, "`text` holds half a character"),
        ({"questions": [{"text": "?"}]}, ValueError, "question 1: `answer`"),
        ({"progress": "yes"}, TypeError, "`progress` must be True, False or a function"),
    ],
)
def test_bad_options(explorer, tmp_path, no_work, options, error, words):
    with pytest.raises(error, match=words):
        explorer.export_html(tmp_path / "lesson.html", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("lesson.htm", ValueError, "must end in .html, got"),
        ("folder.html", ValueError, "is a folder"),
        ("no/lesson.html", FileNotFoundError, "there is no folder"),
        ("there.html", FileExistsError, "exists; overwrite=True replaces it"),
        ("beside.html", FileExistsError, "beside.mjs exists; overwrite=True replaces it"),
    ],
)
def test_bad_targets(whole, tmp_path, no_work, name, error, words):
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "there.html").write_text("older")
    (tmp_path / "beside.mjs").write_text("older")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(error, match=words):
        export_html(whole, str(tmp_path / name), Lesson(), module=True)
    assert sorted(tmp_path.iterdir()) == before


def test_overwriting(whole, tmp_path):
    for name in ("lesson.html", "lesson.mjs"):
        (tmp_path / name).write_text("older")
    done = export_html(whole, tmp_path / "lesson.html", Lesson(), module=True, overwrite=True)
    assert done.path.stat().st_size == done.sizes.total
    assert done.module.stat().st_size > 1e5
    assert len(list(tmp_path.iterdir())) == 2


# Whole or not there


class Stream:
    """A file that fails at one of its bytes, as on a full disk."""

    def __init__(self, stream, error, after):
        self.stream, self.error, self.left = stream, error, after

    def write(self, data):
        self.left -= len(data)
        if self.left < 0:
            self.stream.write(data[: self.left])
            raise self.error
        return self.stream.write(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("fails", [".mjs", ".html"])
@pytest.mark.parametrize("there", [False, True], ids=["new", "over older ones"])
def test_a_full_disk_or_an_interruption_leaves_what_was_there(whole, tmp_path, monkeypatch, error, fails, there):
    before = {}
    if there:
        before = {name: f"older {name}" for name in ("lesson.html", "lesson.mjs")}
        for name, text in before.items():
            (tmp_path / name).write_text(text)
    opened, open_ = [], Path.open

    def failing(path, mode="r", *args, **options):
        stream = open_(path, mode, *args, **options)
        if path.parent != tmp_path:
            return stream
        opened.append(path)
        suffix = [".mjs", ".html"][len(opened) - 1]
        return Stream(stream, error, 1000 if suffix == fails else 10**9)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", failing)
        with pytest.raises(type(error)):
            export_html(whole, tmp_path / "lesson.html", Lesson(), module=True, overwrite=True)
    assert len(opened) == 2
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_an_interruption_of_the_work_leaves_nothing(whole, tmp_path):
    def interrupt(done, of):
        if done > of // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_html(whole, tmp_path / "lesson.html", Lesson(), progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_the_exporter_leaves_the_comparison_as_it_was(whole):
    before = json.dumps(whole._manifest)
    build(whole, Lesson(nets=["a"], layers=["conv1"], picture_size=14, patches=1))
    assert json.dumps(whole._manifest) == before
