/** The one module that every host loads: a model's trait `view` says what it draws. */
import { closable } from "./closable.js";
import { createPage } from "./host.js";
import { clusters } from "./clusters.js";
import { explorer } from "./explorer.js";
import { gallery } from "./gallery.js";
import { h } from "./dom.js";
import { guardKeys } from "./keys.js";
import { lesson } from "./lesson.js";
import { hosted, open } from "./lesson_page.js";
import { matrix } from "./matrix.js";
import { means } from "./means.js";
import { Pictures } from "./pictures.js";
import { prediction } from "./prediction.js";
import { rank } from "./rank.js";
import { sourceOf } from "./source.js";
import { settle } from "./settle.js";
import * as stateText from "./state_text.js";
import { Status } from "./status.js";
import { stored } from "./stored.js";
import { Selection, follow, listen } from "./store.js";
import { Theme } from "./theme.js";
import { wall } from "./wall.js";
import base from "./style.css";
import cards from "./gallery.css";
import blocks from "./clusters.css";
import averages from "./means.css";
import curves from "./curve.css";
import lessons from "./lesson.css";
import plots from "./plots.css";
import predictors from "./prediction.css";
import touch from "./touch.css";
import tiles from "./wall.css";

/** @type {Record<string, (context: import("./context.js").Context) => void>} */
const views = { explorer, matrix, rank, wall, gallery, prediction, clusters, means, lesson };

/**
 * @param {{
 *   model: import("./store.js").Model, el: HTMLElement, host?: import("./store.js").Host, signal?: AbortSignal,
 * }} given
 * @returns {Promise<() => void>} takes the view away, for hosts that give no signal
 */
const render = ({ model, el, host, signal: given }) =>
  closable(given, async (signal) => {
    const name = model.get("view");
    const view = views[name];
    if (!view) return el.append(h("p", { role: "alert", text: `There is no view named ${name}.` }));
    const root = h("div", { class: `cw-root cw-root-${name}` });
    // a sheet of the document would not reach into a shadow root, so each view brings its own
    const sheets = [base, plots, cards, predictors, blocks, averages, curves, lessons, tiles, touch];
    el.append(h("style", { text: sheets.join("") }), root);
    el.classList.add("cw-host");
    const [selected, data] = await Promise.all([follow(model, "selection", host), follow(model, "data", host)]);
    if (signal.aborted) return;
    const source = sourceOf(data.model, data.identity, signal);
    const selection = new Selection(selected.model, () => source.facts, signal);
    listen(data.model, "change:facts", () => selection.changed(), signal);
    guardKeys(root, signal);
    const [pictures, theme, status] = [Pictures.of(source), new Theme(root, signal), new Status()];
    // the Explorer has a better place for it
    root.append(status.element);
    view({ el: root, selection, source, pictures, theme, status, model, signal });
  });

const widget = { render };

/** @param {Document} document */
const openPage = (document) => open(widget, document);

/** @type {(page: import("./lesson_page.js").Page, read: (name: string) => string | undefined) => {render: Function}} */
const lessonWidget = (page, read) => hosted(widget, page, read);

export default widget;
export { createPage, lessonWidget, openPage, settle, stateText, stored };
