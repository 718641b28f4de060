// Light or dark: as the system wishes, or as one chooses here.

import { byId, icon } from "./dom.js";
import { on } from "./state.js";
import { label, t } from "./texts.js";

const STORED = "studio-theme";
const SIGNS = { auto: "screen", light: "sun", dark: "moon" };
const THEMES = Object.keys(SIGNS);

const current = () => document.documentElement.dataset.theme ?? "auto";

function set(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(STORED, theme);
  draw();
}

function draw() {
  byId("theme").replaceChildren(icon(SIGNS[current()]));
  label(byId("theme"), t(`theme_${current()}`));
}

export function startTheme() {
  const stored = localStorage.getItem(STORED);
  document.documentElement.dataset.theme = THEMES.includes(stored) ? stored : "auto";
  byId("theme").addEventListener("click", () => set(THEMES[(THEMES.indexOf(current()) + 1) % THEMES.length]));
  on("place", draw);
  draw();
}
