// Formatted text. Offsets and lengths are UTF-16 units, which is what JavaScript strings count in.
// https://core.telegram.org/bots/api#messageentity

import { el } from "./dom.js";
import { openLink } from "./links.js";
import { t } from "./texts.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

/** Nodes for a text; `on.command` and `on.mention` are called with the words pressed. */
export function formatted(text, entities = [], on = {}) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return nodes(text, 0, text.length, sorted, on);
}

function nodes(text, from, to, entities, on) {
  const [first, ...rest] = entities;
  if (!first) return from < to ? [text.slice(from, to)] : [];
  const start = Math.max(first.offset, from);
  const end = Math.min(first.offset + first.length, to);
  if (start >= end) return nodes(text, from, to, rest, on);
  // What reaches over the end of the first entity is drawn on both sides of it.
  const inside = rest.filter((one) => one.offset < end);
  const after = rest.filter((one) => one.offset + one.length > end);
  return [
    ...nodes(text, from, start, [], on),
    wrap(first, text.slice(start, end), nodes(text, start, end, inside, on), on),
    ...nodes(text, isBlock(first) && text[end] === "\n" ? end + 1 : end, to, after, on),
  ];
}

/** A block ends its line by itself; the line feed behind it would be one too many. */
const isBlock = ({ type }) => type === "pre" || type.endsWith("blockquote");

function wrap(entity, words, children, on) {
  if (entity.type in TAGS) return el(TAGS[entity.type], {}, children);
  switch (entity.type) {
    case "pre":
      return el("pre", { "data-language": entity.language, tabindex: "0" }, el("code", {}, children));
    case "spoiler":
      return spoiler(children);
    case "url":
      return link(/^[a-z]+:/i.test(words) ? words : `https://${words}`, children);
    case "text_link":
      return link(entity.url, children);
    case "email":
    case "phone_number":
    case "hashtag":
    case "cashtag":
    case "text_mention":
      return el("span", { class: "tag" }, children);
    case "bot_command":
      return el("button", { type: "button", class: "link", onclick: () => on.command?.(words) }, children);
    case "mention":
      return el("button", { type: "button", class: "link", onclick: () => on.mention?.(words) }, children);
    default:
      return el("span", {}, children);
  }
}

function link(url, children) {
  const go = (event) => {
    event.preventDefault();
    openLink(url);
  };
  return el("a", { href: /^https?:/i.test(url) ? url : "#", rel: "noopener noreferrer", onclick: go }, children);
}

function spoiler(children) {
  const veil = el("span", {
    class: "spoiler", role: "button", tabindex: "0", "aria-label": t("spoiler"), data: { testid: "spoiler" },
  }, el("span", { "aria-hidden": "true" }, children));
  const show = (event) => {
    if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    veil.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) veil.removeAttribute(name);
    veil.firstChild.removeAttribute("aria-hidden");
  };
  veil.addEventListener("click", show, { once: true });
  veil.addEventListener("keydown", show);
  return veil;
}
