// One question with its answer, as elements: the same ones as web/templates/turn.html makes.

import { askUrl, el, here, lined, plain, shown, t, tongue } from "./dom.js";

const LAYOUT = /[\s*_]/g;

// `before` is the path listed before: what is shared with it becomes one ellipsis.
export function path(section, before = []) {
  let shared = 0;
  while (shared < section.path.length - 1 && section.path[shared] === before[shared]) shared += 1;
  const unlike = shared ? ["…", ...section.path.slice(shared)] : section.path;
  const headings = unlike.length ? unlike : [section.title];
  const parts = headings.flatMap((heading, at) => [
    at ? el("span", { class: "sep", "aria-hidden": "true" }, "›") : null,
    el("bdi", {}, shown(heading)),
  ]);
  return el("span", { class: "path" }, parts);
}

// The lines of an answer, each with the citation whose mark ends it; qa/dialogue.py says how.
export function splitAnswer(text, citations) {
  const parts = [];
  const plainLines = (lines) => lines.filter((line) => line.trim()).map((words) => ({ subject: "", words }));
  for (const citation of citations) {
    const [words, rest] = cutAtMark(text, citation);
    const lines = words.replace(/^\n+|\n+$/g, "").split("\n");
    parts.push(...plainLines(lines.slice(0, -1)), part(lines.at(-1), citation));
    text = rest;
  }
  return [...parts, ...plainLines(text.split("\n"))];
}

function cutAtMark(text, citation) {
  const mark = `[${citation.number}]`;
  const tail = citation.quote.replace(LAYOUT, "").slice(-8);
  const first = text.indexOf(mark);
  let at = first;
  while (at >= 0 && !text.slice(0, at).replace(LAYOUT, "").endsWith(tail)) at = text.indexOf(mark, at + 1);
  if (at < 0) at = first;
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + mark.length)];
}

function part(words, citation) {
  let rest = words;
  for (const heading of citation.section.path) {
    const lead = `${heading.replaceAll("**", "")}：`;
    if (rest.startsWith(lead)) rest = rest.slice(lead.length);
  }
  return { subject: words.slice(0, words.length - rest.length), words: rest, citation };
}

export function readerLink(citation, citations) {
  const others = citations
    .filter((other) => other.document.id === citation.document.id && other.number !== citation.number)
    .map((other) => `${other.start}-${other.end}`);
  return others.length ? citation.url.replace("#", `&also=${others.join(",")}#`) : citation.url;
}

export function asked(turn) {
  return [...turn.history, turn.answer.question].slice(-20);
}

export function renderTurn(turn) {
  const { answer } = turn;
  return el(
    "article",
    { class: "turn" },
    question(answer.question),
    turn.scopeTitle && aside(t("turn.scoped", { section: plain(turn.scopeTitle) })),
    turn.typed && aside(t("turn.was_typed")),
    answer.resolved_question !== answer.question && resolved(turn),
    answer.answerable ? answered(answer) : refused(answer),
    acts(answer),
    answer.passages.length ? found(answer.passages) : null,
    turn.followups?.length ? followups(turn) : null,
  );
}

export function question(text) {
  return el("h2", { class: "question" }, el("span", { class: "hidden" }, t("turn.you")), el("bdi", {}, shown(text)));
}

const aside = (text) => el("p", { class: "aside" }, text);

function resolved(turn) {
  const { question, resolved_question } = turn.answer;
  return el(
    "p", { class: "aside" }, `${t("turn.resolved")} `,
    el("q", { class: "resolved" }, shown(resolved_question)), " ",
    el("a", { href: askUrl(question, turn.scope), "data-do": "typed" }, t("turn.as_typed")),
  );
}

function answered(answer) {
  const short = answer.short_answer;
  return [
    short && el("p", { class: short.length > 16 ? "short long" : "short", lang: tongue(short) }, shown(short)),
    answer.coverage && el("p", { class: "coverage" }, t("turn.coverage", { items: answer.coverage.section_items, listed: answer.coverage.listed })),
    el("div", { class: short ? "answer" : "answer lead", lang: tongue(answer.answer) }, splitAnswer(answer.answer, answer.citations).map((one) => line(one, answer))),
    answer.unanswered.length
      ? el("p", { class: "aside" }, t("turn.unanswered") + t("punctuation.colon"), answer.unanswered.flatMap((words) => [el("q", {}, shown(words)), " "]))
      : null,
    el("h3", { class: "hidden" }, t("turn.sources")),
    el("ol", { class: "sources" }, answer.citations.map(source)),
  ];
}

function line({ subject, words, citation }, answer) {
  return el(
    "p", citation ? {} : { class: "frame" },
    subject ? el("span", { class: "subject" }, shown(subject)) : null,
    citation ? kept(words, mark(citation, answer)) : shown(words),
  );
}

// A mark stays on the line of the character before it.
function kept(words, after) {
  const characters = [...words];
  const last = characters.pop() ?? "";
  return [...shown(characters.join("")), el("span", { class: "keep" }, shown(last), after)];
}

function mark(citation, answer) {
  const label = t("turn.mark", { n: citation.number, path: plain(citation.section.title) });
  return el(
    "a",
    { class: "n", href: here(readerLink(citation, answer.citations)), "aria-label": label, "data-n": citation.number },
    String(citation.number),
  );
}

function source(citation, at, citations) {
  return el(
    "li", {},
    el("span", { class: "number", "aria-hidden": "true" }, String(citation.number)),
    el("a", { class: "where", href: here(citation.url), title: t("turn.open") }, path(citation.section, citations[at - 1]?.section.path)),
    button("cite", "turn.cite", { "data-n": citation.number, "aria-label": t("turn.cite_n", { n: citation.number }) }),
  );
}

function button(action, key, attributes = {}) {
  return el("button", { type: "button", class: "quiet scripted", "data-do": action, ...attributes }, t(key));
}

function refused(answer) {
  return [
    el("p", { class: "refusal" }, t(`refusal.${answer.refusal.reason}`)),
    el("p", { class: "kindly" }, shown(answer.refusal.message)),
    ...nearest(answer.refusal.nearest_sections, answer.question),
  ];
}

export function nearest(sections, question) {
  if (!sections.length) return [];
  const item = (section, at) => el(
    "li", {},
    el("a", { class: "where", href: here(section.url) }, path(section, sections[at - 1]?.path)),
    el("a", { class: "quiet", href: askUrl(question, section.id), "data-do": "here", "data-section": section.id }, t("turn.ask_here")),
  );
  return [el("h3", { class: "small" }, t("turn.nearest")), el("ul", { class: "nearest" }, sections.map(item))];
}

function acts(answer) {
  const percent = Math.round(answer.confidence * 100);
  const several = answer.citations.length > 1;
  return el(
    "div", { class: "acts" },
    answer.answerable
      ? el("span", { class: "sure", title: t("turn.confidence_why") }, t("turn.confidence", { percent }))
      : el("span", { class: "sure" }, t("turn.doubt", { percent })),
    several && el("a", { class: "quiet", href: here(readerLink(answer.citations[0], answer.citations)) }, t("turn.read_all", { n: answer.citations.length })),
    answer.answerable && button("copy", "turn.copy"),
    button("link", "turn.link"),
    button("wrong", "turn.wrong"),
  );
}

function found(passages) {
  const item = (passage) => el(
    "li", {},
    el("a", { class: "where", href: here(passage.url) }, path(passage.section)),
    el("p", { class: "verbatim", lang: tongue(passage.text) }, shown(lined(passage.text))),
    el("p", { class: "why" }, reason(passage)),
  );
  return el("details", { class: "found" }, el("summary", {}, t("turn.found", { n: passages.length })), el("ol", {}, passages.map(item)));
}

function reason({ score, why }) {
  return [
    t("why.score", { score: score.toFixed(2) }),
    why.dense_rank && t("why.dense", { rank: why.dense_rank }),
    why.lexical_rank && t("why.lexical", { rank: why.lexical_rank }),
    why.terms.length && t("why.terms", { terms: why.terms.slice(0, 6).join(t("punctuation.comma")) }),
  ].filter(Boolean).join(" · ");
}

export function followups(turn) {
  const item = (text) => el("li", {}, el("a", { href: askUrl(text, turn.scope, asked(turn)), "data-do": "ask" }, shown(text)));
  return el("div", { class: "next" }, el("h3", { class: "small" }, t("ask.followups")), el("ul", { class: "chips" }, turn.followups.map(item)));
}
