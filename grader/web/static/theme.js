// Light or dark: as in the system, or as chosen on a page.
"use strict";

const THEMES = ["light", "dark"];

function chosenTheme() {
  try { return localStorage.getItem("theme"); } catch { return null; }
}

function applyTheme(theme) {
  if (THEMES.includes(theme)) document.documentElement.dataset.theme = theme;
}

function isDark() {
  return getComputedStyle(document.documentElement).colorScheme === "dark"
    || (!document.documentElement.dataset.theme
      && matchMedia("(prefers-color-scheme: dark)").matches);
}

applyTheme(chosenTheme());
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-command=theme]")) return;
  const theme = isDark() ? "light" : "dark";
  applyTheme(theme);
  try { localStorage.setItem("theme", theme); } catch { /* then it is for this page only */ }
});
