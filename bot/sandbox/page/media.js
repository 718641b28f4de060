// Photos, albums, files and stickers. Sizes are known beforehand, so nothing jumps when bytes arrive.

import { fileUrl } from "./api.js";
import { pictureOf } from "./content.js";
import { el, icon } from "./dom.js";
import { nameOf } from "./state.js";
import { bytes, t } from "./texts.js";
import { openViewer } from "./viewer.js";

const WIDEST = 420; // CSS pixels, as .bubble in media.css
const HIGHEST = 440;
const revealed = new Set(); // photos whose spoiler was lifted, "chat/message"

const keyOf = (message) => `${message.chat.id}/${message.message_id}`;

export function photo(message) {
  const { width, height } = message.photo.at(-1);
  const scale = Math.min(WIDEST / width, HIGHEST / height);
  const node = tile(message);
  // Very long pictures are cropped to a shape that fits a conversation; the viewer shows all.
  const ratio = Math.min(Math.max(width / height, 0.5), 2.4);
  node.style.aspectRatio = ratio;
  node.style.width = `${Math.round(Math.max(Math.min(width * scale, WIDEST), HIGHEST * 0.5 * Math.min(ratio, 1)))}px`;
  return el("div", { class: "photo" }, node);
}

/** Photos in rows that fill the width; each keeps its shape as far as the row allows. */
export function album(messages) {
  const ratios = messages.map(({ photo }) => Math.min(Math.max(photo.at(-1).width / photo.at(-1).height, 0.6), 1.8));
  const node = el("div", { class: "album", role: "group", "aria-label": t("album"), data: { testid: "album" } });
  let at = 0;
  for (const count of rows(ratios)) {
    const row = el("div", { class: "album-row" });
    const shapes = ratios.slice(at, at + count);
    const sum = shapes.reduce((total, ratio) => total + ratio, 0);
    row.style.aspectRatio = Math.min(Math.max(sum, 1.1), 4);
    for (const message of messages.slice(at, at + count)) {
      const picture = tile(message);
      // Shares below 1 would leave a part of the row empty.
      picture.style.flexGrow = 10 * shapes[row.children.length];
      row.append(picture);
    }
    node.append(row);
    at += count;
  }
  return node;
}

/** How many photos stand in each row. */
function rows(ratios) {
  const wide = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length > 1.25;
  const plans = wide
    ? { 2: [1, 1], 3: [1, 2], 4: [2, 2], 5: [1, 2, 2], 6: [2, 2, 2], 7: [1, 3, 3], 8: [2, 3, 3], 9: [3, 3, 3], 10: [2, 2, 3, 3] }
    : { 2: [2], 3: [1, 2], 4: [2, 2], 5: [2, 3], 6: [3, 3], 7: [2, 2, 3], 8: [2, 3, 3], 9: [3, 3, 3], 10: [3, 3, 4] };
  return plans[ratios.length] ?? [ratios.length];
}

function tile(message) {
  const sizes = message.photo;
  const shown = sizes.find((size) => Math.max(size.width, size.height) >= 800) ?? sizes.at(-1);
  const hidden = message.has_media_spoiler && !revealed.has(keyOf(message));
  const words = message.caption ? t("pictureOf", { caption: message.caption }) : t("pictureFrom", { name: nameOf(message.from) });
  const button = el("button", {
    type: "button", class: `tile ${hidden ? "hidden-media" : ""}`, "aria-label": hidden ? t("spoiler") : words,
    data: { testid: "photo", id: message.message_id },
  }, el("img", { src: fileUrl(shown.file_id), alt: "", loading: "lazy", decoding: "async", draggable: "false" }));
  button.addEventListener("click", () => {
    if (!button.classList.contains("hidden-media")) return openViewer(message);
    revealed.add(keyOf(message));
    button.classList.remove("hidden-media");
    button.setAttribute("aria-label", words);
  });
  return button;
}

export function file(message) {
  const { file_id: id, file_name: name = t("file"), file_size: size, thumbnail } = message.document;
  const picture = pictureOf(message);
  const look = picture
    ? el("button", { type: "button", class: "file-look", "aria-label": t("pictureOf", { caption: name }), data: { testid: "photo" }, onclick: () => openViewer(message) },
        el("img", { src: fileUrl(thumbnail?.file_id ?? id), alt: "", loading: "lazy" }))
    : el("span", { class: "file-look" }, icon("file"));
  const save = el("a", { class: "icon-button", href: fileUrl(id), download: name, "aria-label": t("saveFile", { name }), title: t("saveFile", { name }) }, icon("save"));
  return el("div", { class: "file", data: { testid: "file" } }, look,
    el("span", { class: "file-words" }, el("span", { class: "file-name" }, name), el("span", { class: "hint" }, bytes(size))), save);
}

export function sticker(message) {
  const { file_id: id, width = 512, height = 512, emoji = "" } = message.sticker;
  const image = el("img", { class: "sticker", src: fileUrl(id), alt: `${t("sticker")} ${emoji}`, data: { testid: "sticker" } });
  image.style.aspectRatio = width / height;
  image.addEventListener("error", () => image.replaceWith(el("span", { class: "sticker-emoji" }, emoji || "🙂")));
  return image;
}
