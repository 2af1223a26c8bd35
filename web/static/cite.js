// The box that offers every form of citation for one place.

import { $, copy, el, shown, t } from "./dom.js";
import { path } from "./turn.js";

export const STYLES = ["gbt7714", "footnote", "apa", "markdown", "bibtex", "csl-json", "link"];

export async function openCite(document_, start, end) {
  const box = $("cite-box");
  $("cite-quote").textContent = "…";
  $("cite-path").replaceChildren();
  $("cite-styles").replaceChildren();
  $("cite-note").hidden = true;
  box.showModal();
  try {
    const response = await fetch(`/report/${encodeURIComponent(document_)}/cite?span=${start}-${end}`);
    if (!response.ok) throw new Error(String(response.status));
    fill(await response.json());
  } catch {
    $("cite-quote").textContent = `${t("state.gone_title")} ${t("state.gone")}`;
  }
}

function fill({ quote, section, inferred, styles }) {
  $("cite-quote").replaceChildren(...shown(quote));
  $("cite-path").replaceChildren(path(section));
  $("cite-styles").replaceChildren(...STYLES.map((style) => row(style, styles[style])));
  $("cite-note").hidden = !inferred;
}

function row(style, words) {
  const name = t(`cite.${style}`);
  const button = el("button", { type: "button", class: "quiet", "data-style": style, "aria-label": `${t("copy.copy")} ${name}` }, t("copy.copy"));
  button.addEventListener("click", () => copy(words, button));
  return el("li", {}, el("span", { class: "style-name" }, name), button, el("pre", { tabindex: "0", "aria-label": name }, shown(words)));
}
