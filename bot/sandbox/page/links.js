// Addresses in messages and buttons. Those of this machine and of the bot open here; the rest asks first.

import * as api from "./api.js";
import { ask, attempt } from "./dialogs.js";
import { el } from "./dom.js";
import { openInvoice } from "./pay.js";
import { go } from "./place.js";
import { state } from "./state.js";
import { t } from "./texts.js";

export async function openLink(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  const start = url && startOf(url);
  if (start !== null && start !== undefined) return startBot(start);
  const slug = url && slugOf(url);
  if (slug) return openInvoice({ slug });
  if (!url || !["http:", "https:"].includes(url.protocol)) return;
  if (!["localhost", "127.0.0.1", "[::1]"].includes(url.hostname) && !(await mayLeave(url.href))) return;
  open(url.href, "_blank", "noopener,noreferrer");
}

/** What an invoice link names (https://core.telegram.org/api/links#invoice-links). */
function slugOf(url) {
  if (url.protocol === "tg:") return url.hostname === "invoice" && url.searchParams.get("slug");
  return ["t.me", "telegram.me"].includes(url.hostname) && (url.pathname.match(/^\/(?:\$|invoice\/)([\w-]+)$/)?.[1] ?? null);
}

/** The parameter of a deep link to our bot (https://core.telegram.org/bots/features#deep-linking). */
function startOf(url) {
  const name = url.protocol === "tg:" ? url.searchParams.get("domain") : url.pathname.slice(1);
  const ours = name?.toLowerCase() === state.bot.username.toLowerCase();
  const telegram = url.protocol === "tg:" || ["t.me", "telegram.me"].includes(url.hostname);
  return ours && telegram ? (url.searchParams.get("start") ?? "") : null;
}

/** Go to the bot's private chat and press Start there. */
export function startBot(parameter) {
  const person = state.me;
  go({ chat: person });
  return attempt(api.say({ person, chat: person }, `/start ${parameter}`.trim()));
}

function mayLeave(href) {
  const words = el("p", {}, t("leaveText"), el("br"), el("span", { class: "address" }, href));
  return ask(t("leaveTitle"), words, t("leaveOpen"));
}
