"""What a page without a kernel keeps of its parts, and when it lets go of its host, in a real Chromium."""

from __future__ import annotations

import json

import pytest
from browser.pages import BUNDLE
from playwright.sync_api import expect
from synthetic import synthetic_comparison

from convergent_widgets.export.lesson import Lesson, build

pytestmark = pytest.mark.browser

IMPORTED = """async (bundle) => {
  window.bundle = await import(URL.createObjectURL(new Blob([bundle], { type: "text/javascript" })));
}"""

# `count` parts of `size` bytes with an answer or a picture each, and how often each text is read
MANY = """async ({ count, size, pictures }) => {
  const pack = async (index, data) => {
    const text = new TextEncoder().encode(JSON.stringify(index));
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, text.length, true);
    const packed = new Blob([length, text, data]).stream().pipeThrough(new CompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  };
  const numbers = [...Array(count).keys()];
  const layers = numbers.map((i) => ({ name: `l${i}` }));
  const parts = { pictures: await pack({ 0: Object.fromEntries(numbers.map((i) => [i, i])) }, new Uint8Array()) };
  for (const i of numbers) {
    const data = new Uint8Array(size).fill(i);
    parts[`pictures/${i}`] = await pack([[0, i, size, 1, 1, `image ${i}`, null]], data);
    parts[`${i}/tables`] = await pack({ [JSON.stringify(["means", `l${i}`])]: [{}, [size]] }, data);
  }
  let read = [];
  const answer = window.bundle.stored({ layers }, (name) => (read.push(name), parts[name]));
  const look = async (i) => {
    const question = pictures ? { ask: "pictures", pictures: 0, images: [i] } : { ask: "means", layer: `l${i}` };
    const { buffers: [buffer] } = await answer(question);
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    if (bytes.length !== size || bytes[0] !== i || bytes.at(-1) !== i) throw new Error(`not what lies in part ${i}`);
  };
  await Promise.all([look(0), look(0)]);
  const twice = read.filter((name) => /\\d/.test(name)).length;
  for (const i of numbers) await look(i);
  read = [];
  for (const i of numbers.toReversed()) await look(i);
  const again = read.filter((name) => /\\d/.test(name)).length;
  const together = pictures && (await answer({ ask: "pictures", pictures: 0, images: numbers })).buffers[0].byteLength;
  return { twice, kept: count - again, together };
}"""


@pytest.mark.parametrize(("pictures", "limit"), [(True, 48), (False, 32)])
def test_unpacked_parts_are_kept_up_to_a_limit_and_unpacked_again(page, pictures, limit):
    page.evaluate(IMPORTED, BUNDLE.read_text(encoding="utf-8"))
    size, count = 2**20, limit + 12
    found = page.evaluate(MANY, {"count": count, "size": size, "pictures": pictures})
    assert found["twice"] == 1
    # their indices count too
    assert limit - 1 <= found["kept"] < limit
    if pictures:
        assert found["together"] == count * size


@pytest.fixture
def module(page):
    """A page in which `render(given)` renders a lesson's module, and `reads` are the parts whose texts it read."""
    lesson, parts = build(synthetic_comparison({"a": 6, "b": 6}, ("conv1",)), Lesson(), progress=False)
    page.evaluate(IMPORTED, BUNDLE.read_text(encoding="utf-8"))
    page.evaluate(
        """([lesson, parts]) => {
          window.lesson = JSON.parse(lesson);
          window.reads = [];
          window.read = (name) => (window.reads.push(name), parts[name]);
          window.widget = window.bundle.lessonWidget(window.lesson, window.read);
          window.place = () => document.body.appendChild(document.createElement("div"));
          window.render = (signal, el = window.place()) => window.widget.render({ el, signal });
          window.aborts = 0;
          const abort = AbortController.prototype.abort;
          AbortController.prototype.abort = function (...given) {
            window.aborts += 1;
            return abort.apply(this, given);
          };
        }""",
        [json.dumps(lesson), parts],
    )
    return page


def test_a_module_that_is_rendered_twice_unpacks_once(module):
    for shown in (1, 2):
        module.evaluate("() => window.render()")
        expect(module.locator(".cw-gallery[data-key]")).to_have_count(shown)
        expect(module.locator(".cw-pair:not([data-painted])")).to_have_count(0)
    reads = module.evaluate("window.reads")
    assert "0/tables" in reads
    assert len(reads) == len(set(reads))


def test_a_host_that_has_gone_is_shown_nothing(module):
    assert module.evaluate("async () => typeof (await window.render(AbortSignal.abort()))") == "function"
    assert module.evaluate("[document.body.textContent, window.reads.length]") == ["", 0]


def test_what_was_closed_no_longer_listens_to_its_host(module):
    aborts = """async (close) => {
      const host = new AbortController();
      const done = await window.render(host.signal);
      window.aborts = 0;
      if (close) done();
      const closed = window.aborts;
      host.abort();
      return [closed, window.aborts - closed];
    }"""
    # the host's own, the module's, and those of the lesson and of the Explorer in it
    assert module.evaluate(aborts, False) == [0, 4]
    assert module.evaluate(aborts, True) == [3, 1]


def test_what_cannot_be_shown_lets_go_of_its_host(module):
    failed = """async () => {
      window.lesson.models.lesson.data = "anywidget:nothing";
      const host = new AbortController();
      const said = await window.render(host.signal).then(() => "shown", (error) => error.message);
      const failed = window.aborts;
      host.abort();
      return [said, failed, window.aborts - failed];
    }"""
    assert module.evaluate(failed) == ["This page has no model anywidget:nothing.", 2, 1]
