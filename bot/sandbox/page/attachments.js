// Pictures and files on their way: picked, pasted or dropped; previewed; sent as photos, files or a sticker.

import { openMenu } from "./menus.js";
import { byId, el, icon } from "./dom.js";
import { toast } from "./dialogs.js";
import { bytes, t } from "./texts.js";

const MOST = 10;
const STICKER_SIDE = 512; // https://core.telegram.org/stickers#static-stickers

let files = []; // [{file, url}]
let as = "photo";
let changed = () => {};

export const attached = () => files;
export const sendingAs = () => as;

/** Replace what is attached; used when a draft comes back or everything was sent. */
export function setAttached(list, way = "photo") {
  files = list;
  as = way;
  draw();
}

function add(list, way) {
  const room = MOST - files.length;
  if (list.length > room) toast(t("tooMany"), "bad");
  files = [...files, ...list.slice(0, room).map((file) => ({ file, url: URL.createObjectURL(file) }))];
  if (way) as = way;
  if (!ways().includes(as)) as = "document";
  draw();
  byId("field").focus();
}

/** How these files can be sent. */
function ways() {
  const pictures = files.every(({ file }) => isPicture(file));
  return ["photo", "document", "sticker"].filter((way) =>
    way === "document" || (pictures && (way === "photo" || files.length === 1)));
}

const isPicture = (file) => /^image\/(png|jpe?g|webp|gif|bmp)$/.test(file.type);

function draw() {
  const tray = byId("tray");
  tray.hidden = files.length === 0;
  tray.replaceChildren(el("ul", { class: "previews" }, files.map(preview)), chooser());
  changed();
}

function preview({ file, url }) {
  const name = file.name || t("picture");
  const remove = () => {
    URL.revokeObjectURL(url);
    files = files.filter((one) => one.url !== url);
    if (!ways().includes(as)) as = "photo";
    draw();
    byId("field").focus();
  };
  return el("li", { class: "preview-item", data: { testid: "attachment" } },
    isPicture(file) ? el("img", { src: url, alt: name }) : el("span", { class: "preview-file" }, icon("file"), el("span", {}, name), el("span", { class: "hint" }, bytes(file.size))),
    el("button", { type: "button", class: "preview-remove", "aria-label": t("remove", { name }), title: t("remove", { name }), onclick: remove }, icon("close")));
}

function chooser() {
  const words = { photo: t("asPhoto"), document: t("asFile"), sticker: t("asSticker") };
  const possible = ways();
  const pick = ({ target }) => {
    as = target.value;
    changed();
  };
  return el("fieldset", { class: "ways" }, el("legend", { class: "sr" }, t("sendAs")),
    Object.keys(words).map((way) => el("label", { class: "way" },
      el("input", { type: "radio", name: "as", value: way, checked: way === as, disabled: !possible.includes(way), data: { testid: `as-${way}` }, onchange: pick }),
      el("span", {}, words[way]))));
}

/** What is handed to the API: a sticker is made one first, as the apps do. */
export async function filesToSend(list, way) {
  const plain = list.map(({ file }) => file);
  return way === "sticker" ? Promise.all(plain.map(stickerOf)) : plain;
}

async function stickerOf(file) {
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) return file; // not a picture after all; the server says so in its words
  const scale = STICKER_SIDE / Math.max(image.width, image.height);
  const canvas = el("canvas", { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/webp", 0.9));
  return new File([blob], "sticker.webp", { type: "image/webp" });
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

export function startAttachments({ onChange, mayAttach }) {
  changed = onChange;
  const choose = { "pick-photos": "photo", "pick-files": "document" };
  for (const [id, way] of Object.entries(choose)) {
    byId(id).addEventListener("change", ({ target }) => {
      add([...target.files], way);
      target.value = "";
    });
  }
  byId("attach").addEventListener("click", () => openMenu(byId("attach"), [
    ["image", t("attachPhotos"), () => byId("pick-photos").click()],
    ["file", t("attachFiles"), () => byId("pick-files").click()],
  ], { name: t("attach") }));
  byId("field").addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files];
    if (!pasted.length || !mayAttach()) return;
    event.preventDefault();
    add(pasted);
  });
  const chat = byId("chat");
  const hint = (shown) => (byId("drop").hidden = !shown);
  chat.addEventListener("dragover", (event) => {
    if (!carriesFiles(event) || !mayAttach()) return;
    event.preventDefault();
    hint(true);
  });
  chat.addEventListener("dragleave", (event) => chat.contains(event.relatedTarget) || hint(false));
  chat.addEventListener("drop", (event) => {
    if (!carriesFiles(event) || !mayAttach()) return;
    event.preventDefault();
    hint(false);
    add([...event.dataTransfer.files]);
  });
}
