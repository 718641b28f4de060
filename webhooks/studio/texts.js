// The page speaks English or Simplified Chinese.

import { EN } from "./texts-en.js";
import { ZH } from "./texts-zh.js";

let words = EN;

export function speak(code) {
  const chinese = /^zh/i.test(code || "");
  words = chinese ? ZH : EN;
  document.documentElement.lang = chinese ? "zh-Hans" : "en";
  document.title = t("title");
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
  for (const node of document.querySelectorAll("[data-t-hint]")) node.placeholder = t(node.dataset.tHint);
}

/** A text with `{name}` filled in; `key_1` where `n` is one. */
export function t(key, values = {}) {
  const text = (values.n === 1 && words[`${key}_1`]) || words[key];
  if (text === undefined) throw new Error(`no text ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The words for a code of the server, or else its own. */
export const told = (key, otherwise) => words[key] ?? otherwise;

/** Of `{en, zh_CN}`. */
export const labelOf = (labels) => (words === ZH && labels.zh_CN) || labels.en;

export const number = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });

export const moment = (iso) =>
  new Date(iso).toLocaleString(document.documentElement.lang, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

export const credits = (value) => t("credits", { n: value, count: number(value) });

/** Why something did not work, for people. */
export const why = (error) => tooDear(error.credits) || (error.code && told(`error_${error.code}`)?.replace("{max}", error.wait ?? "")) || error.message;

function tooDear(said) {
  return said?.renewsAt && t("tooDear", { cost: credits(said.needed), left: number(said.left), when: moment(said.renewsAt) });
}
