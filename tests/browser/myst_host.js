/** A page as the theme of MyST draws it: its own renderer, mounted on each element that carries a directive's data. */
import * as React from "react";
import { createRoot } from "react-dom/client";
import { ANY_RENDERERS } from "@myst-theme/anywidget";

for (const element of document.querySelectorAll("[data-node]")) {
  const node = JSON.parse(element.dataset.node);
  const root = createRoot(element);
  root.render(React.createElement(ANY_RENDERERS.anywidget, { node }));
  element.addEventListener("leave", () => root.unmount());
}
