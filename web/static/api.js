// Asks the server. What goes wrong becomes a Trouble with a kind that the page has words for.

const PATIENCE = 30000;

export class Trouble extends Error {
  constructor(kind, { wait = 0, nearest = [], detail = "" } = {}) {
    super(kind);
    this.kind = kind;
    this.wait = wait;
    this.nearest = nearest;
    this.detail = detail;
  }
}

export async function ask({ question, history, scope }) {
  const response = await send("/api/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ question, history, scope: scope || null }),
  });
  if (response.ok) return read(response);
  throw await trouble(response);
}

export async function followups(citations, asked) {
  const query = new URLSearchParams([
    ...citations.slice(0, 5).flatMap(({ section, start, end }) => [["section", section.id], ["cited", `${start}-${end}`]]),
    ...asked.map((text) => ["asked", text]),
  ]);
  try {
    const response = await send(`/followups?${query}`);
    return response.ok ? (await response.json()).questions : [];
  } catch {
    return [];
  }
}

async function send(url, options = {}) {
  try {
    return await fetch(url, { ...options, signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Trouble("gone");
  }
}

async function read(response) {
  try {
    return await response.json();
  } catch {
    throw new Trouble("gone");
  }
}

async function trouble(response) {
  const problem = await response.json().catch(() => ({}));
  const detail = [problem.detail, problem.fix].filter(Boolean).join(" · ");
  if (response.status === 503) return new Trouble("busy", { wait: Number(response.headers.get("Retry-After")) || 1, detail });
  if (problem.code === "unknown_scope") return new Trouble("scope", { nearest: problem.nearest_sections ?? [], detail });
  if (problem.code === "invalid_question") return new Trouble("empty", { detail });
  return new Trouble("broken", { detail: problem.request_id ? `${detail} (${problem.request_id})` : detail });
}
