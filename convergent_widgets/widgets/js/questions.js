/** Questions that are answered by clicking: what is selected is the answer. Nobody but the student sees the result. */
import { unitName } from "./context.js";
import { button, h, phrase, set, write } from "./dom.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {{
 *   text: string, answer: Record<string, any[]>, hint: string, explanation: string, start: Partial<State> | null,
 * }} Question
 */

/**
 * @param {Context} context
 * @param {Question[]} all none draws nothing
 */
export function questions({ el, selection, signal }, all) {
  if (!all.length) return;
  /** What was said about each question; null while it is open. @type {("right" | "wrong" | null)[]} */
  const results = all.map(() => null);
  const hinted = all.map(() => false);
  let at = 0;
  const heading = h("h2", { class: "cw-question-number" });
  const marks = h("span", { class: "cw-question-marks", "aria-hidden": "true" });
  const steps = [-1, 1].map((by) =>
    button({ class: "cw-zoom", "aria-label": by < 0 ? "previous question" : "next question", text: by < 0 ? "\u2190" : "\u2192" }),
  );
  const words = h("p", { class: "cw-question-text" });
  const given = h("p", { class: "cw-question-given", "aria-live": "polite" });
  const check = button({ class: "cw-button cw-question-check", text: "This is my answer" });
  const hint = button({ class: "cw-button", text: "Hint" });
  const result = h("p", { class: "cw-question-result", role: "status" });
  const root = h(
    "section",
    { class: "cw-questions", "aria-label": "questions" },
    h("header", {}, heading, marks, h("span", { class: "cw-zooms", role: "group", "aria-label": "step through questions" }, ...steps)),
    words,
    h("div", { class: "cw-question-answer" }, given, check, hint),
    result,
  );
  el.append(root);

  function show() {
    const question = all[at];
    write(heading, all.length > 1 ? `Question ${at + 1} of ${all.length}` : "Question");
    write(marks, results.map((one) => ({ right: "\u25cf", wrong: "\u25cb", none: "\u00b7" })[one ?? "none"]).join(" "));
    marks.hidden = all.length < 2;
    write(words, question.text);
    steps.forEach((b, i) => {
      b.disabled = i ? at === all.length - 1 : at === 0;
      b.hidden = all.length < 2;
    });
    const { state } = selection;
    phrase(given, state ? ["Selected: ", [answerWords(question, state)], "."] : [""]);
    const said = results[at];
    hint.hidden = !question.hint || hinted[at] || said === "right";
    const spoken = [
      { right: "Right.", wrong: "Not this one. Try another.", none: "" }[said ?? "none"],
      said === "right" ? question.explanation : "",
      hinted[at] && said !== "right" ? `Hint: ${question.hint}` : "",
    ];
    write(result, spoken.filter(Boolean).join(" "));
    result.hidden = !result.textContent;
    set(root, { "data-question": at, "data-result": said });
  }

  /** @param {number} number */
  function open(number) {
    at = number;
    const { start } = all[at];
    if (start) selection.choose(start);
    show();
  }

  steps.forEach((b, i) => b.addEventListener("click", () => open(at + (i ? 1 : -1)), { signal }));
  hint.addEventListener(
    "click",
    () => {
      hinted[at] = true;
      show();
    },
    { signal },
  );
  check.addEventListener(
    "click",
    () => {
      const { state } = selection;
      if (!state) return;
      results[at] = matches(all[at].answer, state) ? "right" : "wrong";
      show();
    },
    { signal },
  );
  let before = "";
  selection.watch(() => {
    const key = selection.state ? JSON.stringify(asked(all[at], selection.state)) : "";
    // another selection is another answer, of which nothing is said yet
    if (key !== before && results[at] === "wrong") results[at] = null;
    before = key;
    show();
  }, signal);
  // what the address names stays, else the first question opens its view
  if (all[0].start && !location.hash.includes("=")) selection.choose(all[0].start);
}

/**
 * @param {Record<string, any[]>} answer
 * @param {State} state
 */
const matches = (answer, state) =>
  Object.entries(answer).every(([name, values]) => values.includes(state[/** @type {keyof State} */ (name)]));

/**
 * What of the selection the question is about.
 * @param {Question} question
 * @param {State} state
 */
const asked = ({ answer }, state) => Object.keys(answer).map((name) => state[/** @type {keyof State} */ (name)]);

/** In which words each trait is named where it alone is the answer. @type {Record<string, string>} */
const NAMED = { net_a: "net A", net_b: "net B", pictured: "patches", only: "shown units", least_r: "least r" };

/**
 * @param {Question} question
 * @param {State} state
 */
function answerWords({ answer }, state) {
  const names = Object.keys(answer);
  const rest = names.filter((name) => !["net", "layer", "unit"].includes(name));
  const words = rest.map((name) => `${NAMED[name] ?? name} ${state[/** @type {keyof State} */ (name)]}`);
  if (names.includes("unit")) return [`${state.net} ${unitName(state.layer, state.unit)}`, ...words].join(", ");
  if (names.includes("layer")) words.unshift(state.layer);
  if (names.includes("net")) words.unshift(state.net);
  return words.join(", ");
}
