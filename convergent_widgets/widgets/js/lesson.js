/** A page for people who only look: a title, an introduction and questions around the Explorer, and what is left out. */
import { count } from "./numbers.js";
import { explorer } from "./explorer.js";
import { h } from "./dom.js";
import { questions } from "./questions.js";
import { terms } from "./terms.js";

/** @param {import("./context.js").Context} context */
export function lesson(context) {
  const { el, model, source } = context;
  const [title, text, leftOut] = ["title", "text", "left_out"].map((name) => model.get(name));
  const paragraphs = String(text ?? "").split(/\n\s*\n/).filter((words) => words.trim());
  const inside = h("div", { class: "cw-lesson-explorer" });
  if (title) el.append(h("h1", { class: "cw-lesson-title", dir: "auto", text: title }));
  el.append(...paragraphs.map((words) => h("p", { class: "cw-lesson-text", dir: "auto", text: words.trim() })));
  questions(context, model.get("questions") ?? []);
  el.append(inside);
  explorer({ ...context, el: inside });
  el.append(terms());
  const { facts } = source;
  const about = facts
    ? `${count(facts.nets.length, "net")} compared over ${count(facts.images_seen, "image")}: ${facts.dataset}.`
    : "";
  const without = leftOut?.length ? ` Left out of this page: ${leftOut.join("; ")}.` : "";
  el.append(h("footer", { class: "cw-lesson-footer cw-quiet", text: about + without }));
}
