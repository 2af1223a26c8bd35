// The conversation: asks without leaving the page, keeps the turns, and acts on them.

import { Trouble, ask as askServer, followups as askFollowups } from "./api.js";
import { openCite } from "./cite.js";
import { $, askUrl, copy, el, language, plain, say, shown, t } from "./dom.js";
import { rememberLanguage } from "./language.js";
import { clear, exportJson, exportMarkdown, load, save, turnAsText } from "./talk.js";
import { hideTip, watchMarks } from "./tip.js";
import { asked, followups, nearest, question as questionHeading, renderTurn } from "./turn.js";
import { openWrong, watchWrong } from "./wrong.js";

const LIMIT = 1000;
const NEAR = 900;
const MOST_WAITS = 5;
const SLOW = 1000;

const list = $("turns");
const form = $("composer");
const box = $("q");
const scope = $("scope");
const menu = $("menu");
const turnOf = new WeakMap();
let turns = [];

// Turns

function add(element, turn) {
  for (const last of list.querySelectorAll(".last")) last.classList.remove("last");
  element.classList.add("last");
  if (turn) turnOf.set(element, turn);
  document.body.classList.add("talking");
  const examples = $("examples");
  if (examples) examples.hidden = true;
  box.placeholder = t("ask.follow");
  menu.hidden = turns.length === 0;
}

function scrollTo(element) {
  element.scrollIntoView({ block: "start", behavior: "instant" });
}

function history() {
  return turns.length ? asked(turns.at(-1)) : [];
}

const length = (text) => [...text].length;

async function askNow(question, { before = history(), typed = false, inScope = scope.value, replaced = null } = {}) {
  const text = question.trim();
  const element = el("article", { class: "turn" }, questionHeading(text), waiting());
  if (replaced) replaced.replaceWith(element);
  else list.append(element);
  add(element);
  if (turns.length) scrollTo(element);
  box.value = "";
  measure();
  say(t("state.loading"));
  const request = { question: text, history: before, scope: inScope };
  try {
    const answer = await answerOf(request, element);
    await show({ ...request, scopeTitle: scopeTitle(inScope), typed, answer, followups: [] }, element, replaced);
  } catch (error) {
    fail(error instanceof Trouble ? error : new Trouble("broken"), element, request, { typed });
  }
}

async function answerOf(request, element) {
  if (length(request.question) > LIMIT) throw new Trouble("long");
  for (let waits = 0; ; waits += 1) {
    try {
      return await askServer(request);
    } catch (error) {
      if (error.kind !== "busy" || waits === MOST_WAITS) throw error;
      await countDown(error.wait, element);
    }
  }
}

async function countDown(seconds, element) {
  const note = element.querySelector(".waiting span");
  for (let left = Math.ceil(seconds); left > 0; left -= 1) {
    note.textContent = `${t("state.busy_title")} · ${t("state.busy", { n: left })}`;
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

function waiting() {
  const note = el("span", {}, t("state.loading"));
  setTimeout(() => { if (note.isConnected && note.textContent === t("state.loading")) note.textContent = t("state.still"); }, SLOW);
  return el("p", { class: "waiting" }, el("progress", { "aria-label": t("state.loading") }), note);
}

async function show(turn, element, replaced) {
  const shownTurn = renderTurn(turn);
  element.replaceWith(shownTurn);
  const place = replaced ? turns.indexOf(turnOf.get(replaced)) : -1;
  if (place >= 0) turns[place] = turn;
  else turns.push(turn);
  add(shownTurn, turn);
  if (turns.length > 1) scrollTo(shownTurn);
  keep(turn);
  announce(turn.answer);
  if (!turn.answer.answerable) return;
  turn.followups = await askFollowups(turn.answer.citations, asked(turn));
  // Suggestions that come late would push the next turn down.
  if (turn.followups.length && shownTurn.classList.contains("last")) shownTurn.append(followups(turn));
  save(turns);
}

function keep(turn) {
  save(turns);
  window.history.replaceState(null, "", askUrl(turn.answer.question, turn.scope, turn.history));
  document.title = `${plain(turn.answer.question).slice(0, 40)} · ${document.title.split(" · ").at(-1)}`;
  if (turn.answer.index.stale && !document.querySelector(".banner")) {
    $("main").prepend(el("p", { class: "banner", role: "note" }, `${t("state.stale")} `, el("code", {}, "qa build")));
  }
}

function announce(answer) {
  if (answer.answerable) say(t("state.answered", { text: plain(answer.short_answer ?? answer.answer) }));
  else say(t("state.refused", { text: plain(answer.refusal.message) }));
}

// A question that got no answer stays, with words and a way on.
function fail(trouble, element, request, options) {
  const { kind } = trouble;
  const words = kind === "busy" ? t("state.busy_over") : t(`state.${kind}`, { n: length(request.question) });
  const again = (change) => () => askNow(request.question, { before: request.history, inScope: request.scope, ...options, ...change, replaced: element });
  const way = kind === "long" || kind === "empty"
    ? null
    : el("button", { type: "button", class: "solid" }, t(kind === "scope" ? "state.scope_all" : "state.retry"));
  way?.addEventListener("click", again(kind === "scope" ? { inScope: "" } : {}));
  element.classList.add("trouble");
  element.replaceChildren(
    questionHeading(kind === "long" ? `${request.question.slice(0, 60)}…` : request.question),
    el("p", { class: "refusal" }, t(`state.${kind}_title`)),
    el("p", { class: "kindly" }, words),
    trouble.detail ? el("p", { class: "note" }, shown(trouble.detail)) : "",
    ...nearest(trouble.nearest, request.question),
    way ? el("p", { class: "acts" }, way) : "",
  );
  if (kind === "long") { box.value = request.question; measure(); }
  say(`${t(`state.${kind}_title`)} ${words}`);
}

// The question box

function measure() {
  const left = LIMIT - length(box.value.trim());
  const note = $("left");
  note.classList.toggle("over", left < 0);
  note.classList.toggle("near", left >= 0 && left <= LIMIT - NEAR);
  if (left < 0) note.textContent = t("ask.over", { n: -left });
  else note.textContent = left <= LIMIT - NEAR ? t("ask.left", { n: left }) : t("ask.keys");
  if (!CSS.supports("field-sizing", "content")) {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }
}

function scopeTitle(id) {
  const option = [...scope.options].find((one) => one.value === id);
  return id ? (option?.textContent.trim() ?? id) : "";
}

function setScope(id, title = id) {
  if (id && ![...scope.options].some((one) => one.value === id)) scope.append(el("option", { value: id }, title));
  scope.value = id;
  markScope();
}

function markScope() {
  scope.parentElement.classList.toggle("set", scope.value !== "");
}

function send() {
  const text = box.value;
  if (!text.trim()) {
    say(`${t("state.empty_title")} ${t("state.empty")}`);
    box.focus();
    return;
  }
  askNow(text);
}

// Enter sends; not while an input method composes (Safari says so only by keyCode 229).
let composing = false;
box.addEventListener("compositionstart", () => { composing = true; });
box.addEventListener("compositionend", () => { composing = false; });
box.addEventListener("keydown", (event) => {
  const ime = composing || event.isComposing || event.keyCode === 229;
  if (event.key === "Enter" && !event.shiftKey && !ime) {
    event.preventDefault();
    send();
  }
});
box.addEventListener("input", measure);
form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
scope.addEventListener("change", markScope);

// What can be done with a turn, and with the whole conversation

const acts = {
  ask: (turn, link) => { askNow(link.textContent); box.focus(); },
  typed: (turn, link, element) => { askNow(turn.answer.question, { before: [], typed: true, inScope: turn.scope, replaced: element }); },
  here: (turn, link, element) => {
    setScope(link.dataset.section, link.parentElement.querySelector(".where").textContent);
    const question = turn?.answer.question ?? element.querySelector(".question bdi").textContent;
    askNow(question, { before: turn?.history ?? [] });
  },
  cite: (turn, button) => {
    const citation = turn.answer.citations.find((one) => one.number === Number(button.dataset.n));
    openCite(citation.document.id, citation.start, citation.end);
  },
  copy: (turn, button) => copy(turnAsText(turn), button),
  link: (turn, button) => copy(new URL(askUrl(turn.answer.question, turn.scope, turn.history), location.href).href, button),
  wrong: (turn) => openWrong(turn),
  markdown: () => exportMarkdown(turns),
  json: () => exportJson(turns),
  print: () => window.print(),
  clear: (turn, button) => clearTwice(button),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button || !acts[button.dataset.do] || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  hideTip();
  const element = button.closest(".turn");
  acts[button.dataset.do](turnOf.get(element), button, element);
  if (button.closest(".menu-list") && button.dataset.do !== "clear") menu.open = false;
});

document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
menu.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
});

function clearTwice(button) {
  if (!button.classList.contains("sure-now")) {
    button.classList.add("sure-now");
    button.textContent = t("menu.clear_sure");
    setTimeout(() => { button.classList.remove("sure-now"); button.textContent = t("menu.clear"); }, 3000);
    return;
  }
  clear();
  const home = new URLSearchParams(location.search).get("lang");
  location.assign(home ? `/?lang=${home}` : "/");
}

// Start: what the server answered, behind what this browser kept

function start() {
  rememberLanguage();
  const served = [...list.querySelectorAll(".turn[data-turn]")];
  const fresh = served.map((element) => JSON.parse(element.dataset.turn));
  const kept = load();
  const questions = (all) => JSON.stringify(all.map((turn) => turn.answer.question));
  const again = fresh.length && questions(kept.slice(-fresh.length)) === questions(fresh);
  const goesOn = fresh.length && kept.length && JSON.stringify(asked(kept.at(-1))) === JSON.stringify(fresh.at(-1).history);
  const before = again ? kept.slice(0, -fresh.length) : kept;
  const shownNow = goesOn && !again ? served.slice(-1) : served;
  for (const element of served) if (!shownNow.includes(element)) element.remove();
  for (const [at, element] of shownNow.entries()) turnOf.set(element, fresh[fresh.length - shownNow.length + at]);
  for (const turn of before) {
    const element = renderTurn(turn);
    turnOf.set(element, turn);
    if (shownNow.length) shownNow[0].before(element);
    else list.append(element);
  }
  turns = [...before, ...shownNow.map((element) => turnOf.get(element))];
  const last = list.lastElementChild;
  if (last) {
    add(last, turnOf.get(last));
    if (turns.length > 1) scrollTo(last);
  }
  if (fresh.length) save(turns);
  watchMarks(list, (mark) => turnOf.get(mark.closest(".turn"))?.answer.citations.find((one) => one.number === Number(mark.dataset.n)));
  watchWrong();
  markScope();
  measure();
}

start();
document.documentElement.dataset.ready = language;
