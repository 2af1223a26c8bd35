// Elements, words and addresses. Text is only ever set as text.

const strings = JSON.parse(document.body.dataset.strings);
export const language = document.body.dataset.language;

export function t(key, values = {}) {
  return strings[key].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// What hides or reorders other characters; the same ones as in qa/shown.py.
const HIDING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]+/gu;

export const plain = (text) => text.replace(HIDING, "");

export function shown(text) {
  const nodes = [];
  let start = 0;
  for (const match of text.matchAll(HIDING)) {
    const run = [...match[0]];
    const code = `U+${run[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    nodes.push(text.slice(start, match.index));
    nodes.push(el("span", { class: "hiding", "data-code": code + (run.length > 1 ? `×${run.length}` : "") }, match[0]));
    start = match.index + match[0].length;
  }
  return [...nodes, text.slice(start)].filter((node) => node !== "");
}

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

export const $ = (id) => document.getElementById(id);

export const tongue = (text) => (/[㐀-鿿]/.test(text) ? "zh-CN" : "en");

const LAYOUT = /\*\*|^[ \t]*[-*•▶■●◆][ \t]+/gm;
export const flat = (text) => text.replace(LAYOUT, "").split(/\s+/).filter(Boolean).join(" ");
export const lined = (text) => text.split("\n").map(flat).filter(Boolean).join("\n");

// Says it to those who do not see the page.
export function say(text) {
  $("said").textContent = text;
}

export function here(url) {
  const asked = new URLSearchParams(location.search).get("lang");
  if (!asked || !url.startsWith("/")) return url;
  const [path, fragment] = url.split(/#(.*)/s);
  return `${path}${path.includes("?") ? "&" : "?"}lang=${asked}${fragment ? `#${fragment}` : ""}`;
}

export function askUrl(question, scope = "", history = []) {
  const query = new URLSearchParams({ q: question });
  if (scope) query.set("scope", scope);
  for (const earlier of history) query.append("history", earlier);
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked) query.set("lang", asked);
  return `/?${query}`;
}

export async function copy(text, button) {
  const before = button.dataset.label ?? button.textContent;
  button.dataset.label = before;
  const done = await toClipboard(text);
  button.textContent = t(done ? "copy.done" : "copy.failed");
  say(button.textContent);
  setTimeout(() => { button.textContent = before; }, 1600);
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// Without TLS browsers offer no clipboard but this.
function copyBySelection(text) {
  const area = el("textarea", { class: "hidden", readonly: true });
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

export function download(name, text, type) {
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
