// What every page does with JavaScript: the theme and the keys.
"use strict";

// Runs `start` when the page is loaded, and again when htmx has replaced its content.
const whenContent = (start) => {
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
};

(() => {
  const root = document.documentElement;
  const stored = localStorage.getItem("theme");
  if (stored) root.dataset.theme = stored;

  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme")?.addEventListener("click", () => {
      const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
      const isDark = root.dataset.theme ? root.dataset.theme === "dark" : prefersDark;
      root.dataset.theme = isDark ? "light" : "dark";
      localStorage.setItem("theme", root.dataset.theme);
      document.dispatchEvent(new CustomEvent("themechange"));
    });
  });

  const rows = () => [...document.querySelectorAll("table.rows tbody tr, ol.timeline > li")];

  const selectRow = (step) => {
    const all = rows();
    if (all.length === 0) return;
    const at = all.findIndex((row) => row.classList.contains("current"));
    const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1);
    if (at >= 0) all[at].classList.remove("current");
    all[next].classList.add("current");
    all[next].scrollIntoView({ block: "nearest" });
    all[next].querySelector("a")?.focus({ preventScroll: true });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    switch (event.key) {
      case "/": {
        const search = document.querySelector("input[type=search]");
        if (!search) return;
        event.preventDefault();
        search.focus();
        break;
      }
      case "j": selectRow(1); break;
      case "k": selectRow(-1); break;
      case "?": document.getElementById("keys")?.showModal(); break;
    }
  });
})();
