// One message, or one album, as people see it.

import { fileUrl } from "./api.js";
import { serviceOf, words } from "./content.js";
import { avatar, el, icon, tone } from "./dom.js";
import { formatted } from "./entities.js";
import { inlineKeyboard } from "./keyboard.js";
import { album, file, photo, sticker } from "./media.js";
import { renewal } from "./pay.js";
import { chatById, emit, isMine, isPrivate, nameOf, state } from "./state.js";
import { clock, t } from "./texts.js";

/** `group` is one message or an album; `follows` says that the sender has just spoken. */
export function bubble(group, { follows }) {
  const [first] = group;
  const service = serviceOf(first);
  if (service) return shell(group, "service", el("div", { class: "service-words" }, service, renewal(first)));
  const mine = isMine(first);
  const chat = chatById(first.chat.id);
  const named = !mine && !follows && chat && !isPrivate(chat);
  const bare = first.sticker ? "bare" : "";
  const box = el("div", { class: `bubble ${bare}` }, [
    named && el("p", { class: `name ink-${tone(first.from.id)}` }, nameOf(first.from), first.from.is_bot && el("span", { class: "bot-tag" }, t("botIs"))),
    forwarded(first), viaBot(first), quote(first), content(group), details(group),
  ]);
  const face = chat && !isPrivate(chat) && !mine && (follows ? el("span", { class: "avatar-room" }) : avatar(nameOf(first.from), first.from.id, first.from.is_bot ? "bot" : ""));
  const more = el("button", {
    type: "button", class: "more", "aria-label": t("actions"), title: t("actions"), "aria-haspopup": "menu", data: { testid: "message-actions" },
    onclick: ({ currentTarget }) => emit("menu", { message: captioned(group), at: currentTarget }),
  }, icon("dots"));
  const column = el("div", { class: "column" }, el("div", { class: "beside" }, box, more), inlineKeyboard(group.at(-1)), reactions(captioned(group)));
  return shell(group, `${mine ? "mine" : "theirs"} ${follows ? "follows" : ""}`, face, column);
}

function shell(group, kind, ...children) {
  const [first] = group;
  return el("li", {
    class: `message ${kind}`, tabindex: "-1",
    data: { testid: "message", id: first.message_id, ids: group.map((one) => one.message_id).join(" "), from: first.from?.id ?? "", bot: first.from?.id === state.bot.id ? "yes" : "no" },
  }, ...children);
}

/** The message of an album that speaks for all: the one with the caption. */
const captioned = (group) => group.find((message) => message.caption) ?? group[0];

/** Words of several pictures are theirs alone: Telegram shows them in the viewer, not under the album. */
const forAll = (group) => group.filter((message) => message.caption).length < 2;

function content(group) {
  const [message] = group;
  const speaker = captioned(group);
  const text = message.text ?? (forAll(group) ? speaker.caption : null);
  const said = text && el("div", { class: "text", dir: "auto", data: { testid: "text" } },
    formatted(text, message.text ? message.entities : speaker.caption_entities, {
      command: (command) => emit("command", { command, chat: message.chat.id }),
      mention: (name) => emit("mention", name),
    }));
  const media =
    (message.photo && (group.length > 1 ? album(group) : photo(message))) ||
    (message.document && group.map(file)) ||
    (message.sticker && sticker(message)) ||
    (message.invoice && el("div", { class: "invoice", data: { testid: "invoice" } }, el("strong", { class: "invoice-title" }, message.invoice.title), el("p", { class: "invoice-about" }, message.invoice.description)));
  if (!said && !media) return el("p", { class: "hint" }, t("unknown"));
  return message.show_caption_above_media ? [said, media] : [media, said];
}

function forwarded({ forward_origin: origin }) {
  if (!origin) return null;
  const name = origin.sender_user_name ?? nameOf(origin.sender_user ?? origin.sender_chat ?? origin.chat);
  return el("p", { class: "origin" }, icon("forward"), t("forwardedFrom", { name }));
}

function viaBot({ via_bot: via }) {
  return via && el("p", { class: "origin" }, t("via", { name: via.username }));
}

function quote({ reply_to_message: original, quote: part, chat }) {
  // Telegram shows a topic's messages as replies to the one that opened it: no quote for that.
  if (!original || original.forum_topic_created) return null;
  const small = original.photo?.[0] ?? original.document?.thumbnail ?? original.sticker;
  const thumb = small && el("img", { class: "quote-image", src: fileUrl(small.file_id), alt: "" });
  return el("button", {
    type: "button", class: `quote edge-${tone(original.from?.id ?? 0)}`, data: { testid: "quote" },
    onclick: () => emit("jump", { chat: chat.id, id: original.message_id }),
  }, thumb, el("span", { class: "quote-words" }, el("strong", {}, nameOf(original.from)), el("span", {}, part?.text ?? words(original))));
}

function details(group) {
  const last = group.at(-1);
  const when = new Date(last.date * 1000);
  return el("p", { class: "details" }, last.edit_date && t("edited"), " ",
    el("time", { datetime: when.toISOString(), title: when.toLocaleString() }, clock(last.date)));
}

function reactions(message) {
  const given = byEmoji(message.reactions ?? []);
  if (!given.size) return null;
  const chips = [...given].map(([emoji, ones]) => {
    const own = ones.some((one) => one.by === state.me);
    const names = ones.map((one) => nameOf(one.by === state.bot.id ? state.bot : state.people.find(({ id }) => id === one.by)));
    return el("button", {
      type: "button", class: "reaction", "aria-pressed": String(own), "aria-label": t("reaction", { emoji, names: names.join(", ") }),
      data: { testid: "reaction" }, onclick: () => emit("react", { message, emoji: own ? null : emoji }),
    }, emoji, el("span", { class: "count" }, ones.length));
  });
  return el("div", { class: "reactions" }, chips);
}

function byEmoji(list) {
  const groups = new Map();
  for (const one of list) groups.set(one.emoji, [...(groups.get(one.emoji) ?? []), one]);
  return groups;
}
