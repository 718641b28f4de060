// What a message holds, in data: its picture, its summary, its album. No DOM in here.

import { nameOf } from "./state.js";
import { stars, t } from "./texts.js";

/** The picture of a message: `{id, width, height, name}`, or null. Files count if they are images. */
export function pictureOf(message) {
  if (message.photo?.length) {
    const largest = message.photo.at(-1);
    return { id: largest.file_id, width: largest.width, height: largest.height, name: `picture-${message.message_id}.jpg` };
  }
  const file = message.document;
  if (!/^image\/(png|jpe?g|webp|gif)$/.test(file?.mime_type ?? "")) return null;
  return { id: file.file_id, name: file.file_name, ...(file.thumbnail && sized(file.thumbnail)) };
}

const sized = ({ width, height }) => ({ width, height });

/** A message in a few words, for quotes and announcements. */
export function words(message) {
  return (
    message.text || message.caption ||
    (message.photo && t("picture")) ||
    (message.document && (message.document.file_name ?? t("file"))) ||
    (message.sticker && t("sticker")) ||
    message.invoice?.title ||
    "…"
  );
}

/** The same with a sign of what it is, where no picture stands beside it. */
export function summary(message) {
  const sign = (message.photo && "🖼 ") || (message.document && "📄 ") || (message.sticker && `${message.sticker.emoji ?? "🙂"} `) || (message.invoice && "⭐ ") || "";
  return sign + words(message);
}

/** What happened in a service message, in words; null for what people say. */
export function serviceOf(message) {
  const name = nameOf(message.from);
  const names = (users) => users.map(nameOf).join(", ");
  const { new_chat_members: came, left_chat_member: left, successful_payment: paid, refunded_payment: refunded } = message;
  if (message.forum_topic_created) return t("service_created", { name, topic: message.forum_topic_created.name });
  if (message.forum_topic_closed) return t("service_closed", { name });
  if (message.forum_topic_reopened) return t("service_reopened", { name });
  if (message.forum_topic_edited) return t("service_renamed", { name });
  if (message.migrate_to_chat_id) return t("service_migratedTo");
  if (message.migrate_from_chat_id) return t("service_migrated");
  if (came) return came[0].id === message.from.id ? t("service_came", { name }) : t("service_joined", { name, names: names(came) });
  if (left) return left.id === message.from.id ? t("service_left", { names: nameOf(left) }) : t("service_removed", { name, names: nameOf(left) });
  if (message.new_chat_title) return t("service_title", { name, topic: message.new_chat_title });
  if (message.group_chat_created || message.supergroup_chat_created) return t("service_group", { name });
  if (message.pinned_message) return t("service_pinned", { name });
  if (paid) return t(payment(paid), { stars: stars(paid.total_amount) });
  if (refunded) return t("service_refunded", { stars: stars(refunded.total_amount) });
  return null;
}

const payment = ({ is_recurring: again, is_first_recurring: first }) => (first && "service_subscribed") || (again && "service_renewed") || "service_paid";

/** Messages as they are drawn: each alone, or an album's together. */
export function grouped(messages) {
  const groups = [];
  for (const message of messages) {
    const last = groups.at(-1);
    const same = last && message.media_group_id && last[0].media_group_id === message.media_group_id;
    if (same) last.push(message);
    else groups.push([message]);
  }
  return groups;
}
