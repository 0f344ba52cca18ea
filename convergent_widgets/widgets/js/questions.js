/** Questions that are answered by clicking: what is selected is the answer. Nobody but the student sees the result. */
import { METHODS, ORDERS, OVERVIEWS, PICTURED, unitName } from "./context.js";
import { button, h, onResize, phrase, set, write } from "./dom.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {{
 *   text: string, answer: Record<string, any[]>, hint: string, explanation: string, start: Partial<State> | null,
 * }} Question
 * @typedef {{tried: string, right: State | null, hinted: boolean}} Progress tried: the last wrong answer, as asked for;
 *   right: the view that was the right answer
 */

/** What a mark shows, and what it is called. */
const MARKS = { right: "\u25cf", tried: "\u25d0", open: "\u25cb" };

/** Height of two lines of a question, and of the gap below them. */
const LINES = 48;

/**
 * @param {Context} context
 * @param {Question[]} all none draws nothing
 */
export function questions({ el, selection, signal }, all) {
  if (!all.length) return;
  /** @type {Progress[]} */
  const progress = all.map(() => ({ tried: "", right: null, hinted: false }));
  let at = 0;
  const many = all.length > 1;
  const heading = h("h2", { class: "cw-question-number", tabindex: -1, "aria-live": "polite" });
  const marks = h("span", { class: "cw-question-marks", role: "img", hidden: !many });
  const steps = [-1, 1].map((by) =>
    button({ class: "cw-zoom", "aria-label": by < 0 ? "previous question" : "next question", text: by < 0 ? "\u2190" : "\u2192" }),
  );
  const words = h("p", { class: "cw-question-text", dir: "auto", "aria-live": "polite" });
  const given = h("p", { class: "cw-question-given" });
  const check = button({ class: "cw-button cw-question-check", text: "This is my answer" });
  const next = button({ class: "cw-button cw-question-check", text: "Next question" });
  const hint = button({ class: "cw-button", text: "Hint" });
  const result = h("p", { class: "cw-question-result", role: "status", dir: "auto" });
  const answering = h("div", { class: "cw-question-answer" }, given, check, next, hint);
  const stepping = h("span", { class: "cw-zooms", role: "group", "aria-label": "step through questions", hidden: !many }, ...steps);
  const root = h(
    "section",
    { class: "cw-questions", "aria-label": "questions" },
    h("header", {}, heading, marks, stepping),
    words,
    answering,
    result,
  );
  el.append(root);
  // who scrolls on to the units still sees the question (the end of a long one) and what is selected, and can answer
  const stick = () => {
    const top = Math.max(words.offsetTop, answering.offsetTop - LINES);
    root.style.setProperty("--cw-question-top", `${6 - top}px`);
  };
  onResize(root, signal, stick);

  function show() {
    const question = all[at];
    const { tried, right, hinted } = progress[at];
    const { state } = selection;
    const wrong = !right && state !== null && tried === keyOf(question, state);
    write(heading, many ? `Question ${at + 1} of ${all.length}` : "Question");
    const found = progress.map(markOf);
    write(marks, found.map((one) => MARKS[one]).join(""));
    set(marks, { "aria-label": found.map((one, i) => `${i + 1} ${one}`).join(", ") });
    marks.title = found.map((one, i) => `question ${i + 1}: ${one}`).join("\n");
    write(words, question.text);
    steps.forEach((b, i) => set(b, { "aria-disabled": String(at === (i ? all.length - 1 : 0)) }));
    const shown = right ?? state;
    phrase(given, shown ? [right ? "Your answer: " : "Selected: ", [answerWords(question, shown)]] : [""]);
    check.hidden = right !== null;
    next.hidden = !right || at === all.length - 1;
    hint.hidden = !question.hint || hinted || right !== null;
    const done = progress.every((one) => one.right);
    const said = [
      right ? "Right." : wrong ? "Not this one: select another." : "",
      right ? question.explanation : hinted ? `Hint: ${question.hint}` : "",
      right && done && many ? `All ${all.length} questions are answered.` : "",
    ];
    write(result, said.filter(Boolean).join(" "));
    set(root, { "data-question": at, "data-result": right ? "right" : wrong ? "wrong" : null });
  }

  /** @param {number} number */
  function open(number) {
    if (!all[number]) return;
    at = number;
    const view = progress[at].right ?? all[at].start;
    if (view) selection.choose(view);
    show();
  }

  steps.forEach((b, i) => b.addEventListener("click", () => open(at + (i ? 1 : -1)), { signal }));
  next.addEventListener(
    "click",
    () => {
      open(at + 1);
      heading.focus({ preventScroll: true });
      root.scrollIntoView({ block: "nearest" });
    },
    { signal },
  );
  hint.addEventListener(
    "click",
    () => {
      progress[at].hinted = true;
      show();
      check.focus();
    },
    { signal },
  );
  check.addEventListener(
    "click",
    () => {
      const { state } = selection;
      if (!state) return;
      if (matches(all[at].answer, state)) progress[at].right = state;
      else progress[at].tried = keyOf(all[at], state);
      show();
      // the button that was pressed is gone
      if (progress[at].right) (next.hidden ? heading : next).focus({ preventScroll: true });
    },
    { signal },
  );
  selection.watch(show, signal);
}

/**
 * @param {Progress} progress
 * @returns {keyof typeof MARKS}
 */
const markOf = ({ right, tried }) => (right ? "right" : tried ? "tried" : "open");

/**
 * @param {Record<string, any[]>} answer
 * @param {State} state
 */
const matches = (answer, state) =>
  Object.entries(answer).every(([name, values]) => values.includes(state[/** @type {keyof State} */ (name)]));

/**
 * What of the selection the question is about: another one is another answer, of which nothing is said yet.
 * @param {Question} question
 * @param {State} state
 */
const keyOf = ({ answer }, state) =>
  JSON.stringify(Object.keys(answer).map((name) => state[/** @type {keyof State} */ (name)]));

/** How each trait is named where it is part of the answer, and its values. @type {Record<string, string>} */
const NAMED = { net_a: "net A", net_b: "net B", order: "", method: "", only: "shown units", least_r: "least r", overview: "" };
/** @type {Record<string, Record<string, string>>} */
const VALUES = { order: ORDERS, method: METHODS, overview: OVERVIEWS, pictured: PICTURED };

/**
 * @param {Question} question
 * @param {State} state
 */
function answerWords({ answer }, state) {
  const names = Object.keys(answer);
  const rest = names.filter((name) => !["net", "layer", "unit"].includes(name));
  const words = rest.map((name) => {
    const value = state[/** @type {keyof State} */ (name)];
    return `${NAMED[name] ?? name} ${VALUES[name]?.[String(value)] ?? value ?? "any"}`.trim();
  });
  if (names.includes("unit")) return [`${state.net} ${unitName(state.layer, state.unit)}`, ...words].join(", ");
  if (names.includes("layer")) words.unshift(state.layer);
  if (names.includes("net")) words.unshift(state.net);
  return words.join(", ");
}
