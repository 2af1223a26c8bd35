// The reader: a table of contents that follows, citations to copy, any selection to cite.

import { openCite } from "./cite.js";
import { $, copy } from "./dom.js";
import { rememberLanguage } from "./language.js";

const report = $("report");
const contents = $("contents");

// The section that is read is the last one that begins above this line, in pixels from the top.
const LINE = 130;

function follow() {
  const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const sections = [...report.querySelectorAll("section")].filter((section) => links.has(section.id));
  let soon = 0;
  const look = () => {
    soon = 0;
    let [low, high] = [0, sections.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (sections[middle].getBoundingClientRect().top <= LINE) low = middle;
      else high = middle - 1;
    }
    const now = links.get((cited() ?? sections[low])?.id);
    if (now) point(now, links);
  };
  addEventListener("scroll", () => { soon ||= requestAnimationFrame(look); }, { passive: true });
  look();
}

// The section of the citation, while that is in view.
function cited() {
  const mark = document.getElementById("cite");
  const box = mark?.getBoundingClientRect();
  return box && box.top > 0 && box.bottom < innerHeight ? mark.closest("section") : null;
}

function point(now, links) {
  if (now.classList.contains("now")) return;
  for (const link of links.values()) {
    link.classList.toggle("now", link === now);
    if (link === now) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const side = now.closest(".side");
  if (side.scrollHeight <= side.clientHeight || $("found")) return;
  const [at, frame] = [now.getBoundingClientRect(), side.getBoundingClientRect()];
  if (at.top < frame.top + 40 || at.bottom > frame.bottom - 40) side.scrollTop += at.top - frame.top - frame.height / 3;
}

// The article holds the document's text and nothing else, so an offset is a count of characters.
function offset(node, at) {
  const range = document.createRange();
  range.setStart(report, 0);
  range.setEnd(node, at);
  return [...range.toString()].length;
}

function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!report.contains(range.startContainer) || !report.contains(range.endContainer)) return null;
  const start = offset(range.startContainer, range.startOffset);
  const text = range.toString();
  const before = [...text].length - [...text.trimStart()].length;
  const end = start + before + [...text.trim()].length;
  return text.trim() ? { start: start + before, end, range } : null;
}

function offerCitation() {
  const button = $("cite-selection");
  const place = selected();
  button.hidden = !place;
  if (!place) return;
  const boxes = place.range.getClientRects();
  const last = boxes[boxes.length - 1];
  if (!last) return;
  button.style.left = `${Math.max(8, Math.min(last.right + scrollX - 40, document.documentElement.clientWidth - button.offsetWidth - 8))}px`;
  button.style.top = `${last.bottom + scrollY + 8}px`;
}

function watchSelection() {
  let soon = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(soon);
    soon = setTimeout(offerCitation, 120);
  });
  $("cite-selection").addEventListener("pointerdown", (event) => event.preventDefault());
  $("cite-selection").addEventListener("click", () => {
    const place = selected();
    if (place) openCite(report.dataset.document, place.start, place.end);
  });
}

function watchCopies() {
  for (const button of document.querySelectorAll('[data-do="copy-style"]')) {
    const words = button.parentElement.querySelector("pre");
    button.addEventListener("click", () => copy(words.textContent, button));
  }
}

rememberLanguage();
follow();
watchSelection();
watchCopies();
if (matchMedia("(max-width: 48rem)").matches) contents.open = false;
const place = document.getElementById("cite");
if (place && location.hash.startsWith("#cite")) place.scrollIntoView({ block: "center" });
document.documentElement.dataset.ready = "true";
