// The chosen language outlives the visit, without a cookie: it is kept here and asked for in the address.

const KEY = "qa.language";

function stored() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

export function rememberLanguage() {
  const link = document.getElementById("language");
  link.addEventListener("click", () => {
    try { localStorage.setItem(KEY, link.dataset.other); } catch { /* then only for this page */ }
    link.hash = location.hash;
  });
  const wanted = stored();
  const query = new URLSearchParams(location.search);
  if (wanted === link.dataset.other && !query.has("lang")) {
    query.set("lang", wanted);
    location.replace(`${location.pathname}?${query}${location.hash}`);
  }
}
