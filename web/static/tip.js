// What a mark [n] quotes, on hover, on focus and on the first tap.

import { $, el, flat, here, shown, t, tongue } from "./dom.js";
import { path } from "./turn.js";

let from = null;
let leaving = 0;

export function watchMarks(root, citationOf) {
  const tip = $("tip");
  const open = (mark) => { clearTimeout(leaving); if (mark !== from) show(mark, citationOf(mark)); };
  const leave = () => { leaving = setTimeout(hideTip, 150); };
  root.addEventListener("pointerover", (event) => {
    const mark = event.target.closest(".n");
    if (mark && event.pointerType === "mouse") open(mark);
  });
  root.addEventListener("pointerout", (event) => { if (event.target.closest(".n") && event.pointerType === "mouse") leave(); });
  root.addEventListener("focusin", (event) => {
    const mark = event.target.closest(".n");
    if (mark?.matches(":focus-visible")) open(mark);
  });
  root.addEventListener("focusout", (event) => { if (event.target === from) leave(); });
  root.addEventListener("click", (event) => {
    const mark = event.target.closest(".n");
    if (mark && mark !== from && matchMedia("(hover: none)").matches) { event.preventDefault(); open(mark); }
  });
  tip.addEventListener("pointerenter", () => clearTimeout(leaving));
  tip.addEventListener("pointerleave", leave);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
  document.addEventListener("pointerdown", (event) => { if (!tip.contains(event.target) && event.target !== from) hideTip(); });
}

function show(mark, citation) {
  if (!citation) return;
  hideTip();
  from = mark;
  const tip = $("tip");
  tip.replaceChildren(
    el("p", { class: "verbatim", lang: tongue(citation.quote) }, shown(flat(citation.quote))),
    path(citation.section),
    el("a", { href: here(mark.getAttribute("href")) , tabindex: "-1" }, t("turn.open")),
  );
  tip.hidden = false;
  mark.setAttribute("aria-describedby", "tip");
  place(tip, mark.getBoundingClientRect());
}

function place(tip, mark) {
  const width = tip.offsetWidth;
  const left = Math.max(16, Math.min(mark.left - 24, document.documentElement.clientWidth - width - 16));
  const above = mark.top - tip.offsetHeight - 8;
  const top = mark.bottom + 8 + tip.offsetHeight < innerHeight || above < 64 ? mark.bottom + 8 : above;
  tip.style.left = `${left + scrollX}px`;
  tip.style.top = `${top + scrollY}px`;
}

export function hideTip() {
  $("tip").hidden = true;
  from?.removeAttribute("aria-describedby");
  from = null;
}
