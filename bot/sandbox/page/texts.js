// The page speaks the language of the person one is: English, or Simplified Chinese.

import { EN } from "./texts-en.js";
import { ZH } from "./texts-zh.js";

let language = "en";

export function setLanguage(code) {
  language = /^zh/i.test(code || "") ? "zh" : "en";
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]")) label(node, t(node.dataset.tLabel));
  document.title = t("title");
}

/** A text of the page, with `{name}` filled in. */
export function t(key, values = {}) {
  const text = (language === "zh" ? ZH : EN)[key] ?? EN[key];
  if (text === undefined) throw new Error(`no text "${key}"`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The page's own words for a fault or other id the server names; `otherwise` if it has none. */
export function told(id, otherwise) {
  return (language === "zh" ? ZH : EN)[id] ?? otherwise;
}

export function label(node, text) {
  node.setAttribute("aria-label", text);
  if (node.matches("button, a")) node.title = text;
}

const locale = () => document.documentElement.lang;

export const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export function day(seconds) {
  const date = new Date(seconds * 1000);
  if (date.toDateString() === new Date().toDateString()) return t("today");
  return date.toLocaleDateString(locale(), { day: "numeric", month: "long" });
}

export const stars = (count) => `⭐\u00a0${count.toLocaleString(locale())}`;

export function bytes(size) {
  if (!size) return "";
  const step = Math.min(Math.floor(Math.log2(size) / 10), 3);
  return `${(size / 1024 ** step).toFixed(step > 1 ? 1 : 0)} ${["B", "KB", "MB", "GB"][step]}`;
}
