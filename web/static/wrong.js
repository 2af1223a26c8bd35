// "This is wrong": one labelled question for `qa eval`, saved on the reader's side.

import { $, download, el, flat, shown, t, tongue } from "./dom.js";

let current = null;

export function openWrong(turn) {
  current = turn;
  const picks = $("wrong-picks");
  picks.replaceChildren(el("legend", {}, t("wrong.pick")), ...turn.answer.passages.map(pick));
  $("wrong-evidence").value = "";
  $("wrong-short").value = "";
  $("wrong-none").checked = false;
  $("wrong-need").textContent = "";
  $("wrong-box").showModal();
}

const cut = (text) => (text.length > 90 ? `${text.slice(0, 90)}…` : text);

function pick(passage, at) {
  const radio = el("input", { type: "radio", name: "pick", value: at });
  radio.addEventListener("change", () => {
    $("wrong-evidence").value = passage.text.trim();
    $("wrong-none").checked = false;
  });
  return el("label", {}, radio, el("span", { lang: tongue(passage.text) }, shown(cut(flat(passage.text)))));
}

export function watchWrong() {
  $("wrong-save").addEventListener("click", () => {
    const line = goldLine(current);
    if (typeof line === "string") {
      $("wrong-need").textContent = line;
      return;
    }
    download(`${line.id}.jsonl`, `${JSON.stringify(line)}\n`, "application/x-ndjson");
    $("wrong-box").close();
  });
}

// A line of the gold questions' format, or what is missing, in words.
function goldLine(turn) {
  const { answer, history } = turn;
  const evidence = $("wrong-evidence").value.trim();
  const none = $("wrong-none").checked;
  if (!none && !evidence) return t("wrong.need");
  const passage = answer.passages.find((one) => one.text.includes(evidence));
  if (!none && !passage) return t("wrong.verbatim");
  const short = $("wrong-short").value.trim();
  return {
    id: `mine-${new Date().toISOString().replace(/\D/g, "").slice(0, 14)}`,
    type: none ? "near_topic" : history.length ? "follow_up" : "figure",
    lang: tongue(answer.question).slice(0, 2),
    question: answer.question,
    history,
    section: none ? "" : passage.section.path.join(" > "),
    evidence: none ? [] : [evidence],
    answer: !none && short ? [short] : [],
    answerable: !none,
  };
}
