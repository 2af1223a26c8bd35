// The conversation: kept in this browser, exported from it, cleared by its reader.

import { askUrl, download, flat, t } from "./dom.js";
import { splitAnswer } from "./turn.js";

const KEY = "qa.turns";
const MOST = 50;

export function load() {
  try {
    const turns = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(turns) ? turns.filter((turn) => turn?.answer?.citations && Array.isArray(turn.history)) : [];
  } catch {
    return [];
  }
}

// Where the browser keeps nothing (full, or forbidden), the conversation lives as long as the page.
export function save(turns) {
  let kept = turns.slice(-MOST);
  while (kept.length) {
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
      return;
    } catch {
      kept = kept.slice(Math.ceil(kept.length / 2));
    }
  }
}

export function clear() {
  try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ }
}

const escape = (text) => text.replace(/[\\`*_[\]<>#|~&!]/g, "\\$&");

const absolute = (url) => new URL(url, location.href).href;

export function turnAsMarkdown(turn) {
  const { answer } = turn;
  const lines = [];
  if (answer.answerable) {
    if (answer.short_answer) lines.push(`**${escape(answer.short_answer)}**`, "");
    for (const { subject, words, citation } of splitAnswer(answer.answer, answer.citations)) {
      lines.push(escape(subject + words) + (citation ? ` [${citation.number}]` : ""), "");
    }
    for (const citation of answer.citations) {
      const place = citation.section.path.length ? citation.section.path.join(" › ") : citation.section.title;
      lines.push(`[${citation.number}] ${escape(flat(citation.quote))} — [${escape(place)}](${absolute(citation.url)})`, "");
    }
  } else {
    lines.push(`${t("export.refused")}${t("punctuation.colon")}${escape(answer.refusal.message)}`, "");
  }
  return lines.join("\n");
}

// The whole answer as plain text with its citations, for the clipboard.
export function turnAsText(turn) {
  const { answer } = turn;
  const sources = answer.citations.map((citation) => {
    const place = citation.section.path.length ? citation.section.path.join(" › ") : citation.section.title;
    return `[${citation.number}] ${place} ${absolute(citation.url)}`;
  });
  return [answer.short_answer, answer.answer, "", ...sources].filter((line) => line != null).join("\n");
}

export function exportMarkdown(turns) {
  const parts = turns.map((turn) => `## ${t("export.question")}${t("punctuation.colon")}${escape(turn.answer.question)}\n\n${turnAsMarkdown(turn)}`);
  download("conversation.md", `# ${t("export.title")}\n\n${parts.join("\n")}`, "text/markdown");
}

export function exportJson(turns) {
  const rows = turns.map((turn) => ({ history: turn.history, scope: turn.scope || null, link: absolute(askUrl(turn.answer.question, turn.scope, turn.history)), ...turn.answer }));
  download("conversation.json", `${JSON.stringify(rows, null, 2)}\n`, "application/json");
}
