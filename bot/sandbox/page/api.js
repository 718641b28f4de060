// The sandbox's HTTP API: one function per thing a person can do. All throw `Refusal`.

import { t } from "./texts.js";

/** The server said no; the message is for people. */
export class Refusal extends Error {}

async function ask(method, path, { query, body } = {}) {
  const words = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value !== undefined));
  const request = { method };
  if (body instanceof FormData) request.body = body;
  else if (body) {
    request.body = JSON.stringify(body);
    request.headers = { "Content-Type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(`/api/${path}${words.size ? `?${words}` : ""}`, request);
  } catch {
    throw new Refusal(t("noServer"));
  }
  const data = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(data?.error?.message ?? `HTTP ${answer.status}`);
  return data;
}

const get = (path, query) => ask("GET", path, { query });
const post = (path, body) => ask("POST", path, { body });

export const readState = () => get("state");
export const readMessages = (chat) => get("messages", { chat });
export const commands = (person, chat) => get("commands", { person, chat });

/** `place` is `{person, chat, topic?}`, as for everything that is sent. */
export const say = (place, text, replyTo) => post("say", { ...place, text, reply_to: replyTo });

export function sendFiles(place, files, { as, caption, replyTo }) {
  const form = new FormData();
  const fields = { ...place, as, caption, reply_to: replyTo };
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
  for (const file of files) form.append("file", file, file.name || "picture.png");
  return ask("POST", "send", { body: form });
}

export const edit = (person, chat, id, text) => post("edit", { person, chat, message_id: id, text });
export const remove = (person, chat, id) => post("delete", { person, chat, message_id: id });
export const forward = (place, fromChat, id) =>
  post("forward", { ...place, from_chat: fromChat, message_id: id });
export const press = (person, chat, id, data) => post("press", { person, chat, message_id: id, data });
export const react = (person, chat, id, emoji) => post("react", { person, chat, message_id: id, emoji });

export const inline = (person, chat, query, offset) => post("inline", { person, chat, query, offset });
export const choose = (place, queryId, resultId) =>
  post("inline/choose", { ...place, query_id: queryId, result_id: resultId });
export const webApp = (person, chat, button) => post("webapp", { person, chat, button });

export const share = (place, id) => post("share", { ...place, id });

export const block = (person) => post("block", { person });
export const unblock = (person) => post("unblock", { person });
export const group = (action, chat, more = {}) => post("group", { action, chat, ...more });

/** `where` is `{chat, message_id}` or `{slug}`. */
export const invoice = (person, where) => get("invoice", { person, ...where });
export const pay = (person, where) => post("pay", { person, ...where });
export const renew = (person, chargeId) => post("renew", { person, charge_id: chargeId });

export const faults = () => get("faults");
export const orderFault = (id) => post("faults", { id });
export const clearFaults = () => ask("DELETE", "faults");
export const bot = (action) => post("bot", { action });

export const fileUrl = (id) => `/api/files/${encodeURIComponent(id)}`;

export function eventsUrl() {
  const url = new URL("/api/events", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
