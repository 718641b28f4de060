// What can be made of a picture. An action that gives a function closes the viewer, and is followed by it.

import * as api from "./api.js";
import { attempt, choose, sure, toast } from "./dialogs.js";
import { el, emit } from "./dom.js";
import { blobOf, nameOf } from "./files.js";
import { delivering, goOnFrom, ratiosOf } from "./form.js";
import { shape } from "./shapes.js";
import * as telegram from "./telegram.js";
import { t } from "./texts.js";
import { place } from "./wishes.js";

const COUNTS = { variations: 4 };
let reachable = {};

/** `me` tells whether there is a chat to share to. */
export const actFor = (me) => { reachable = me; };

const redraw = (picture, as, more = {}) => () => {
  const sketch = { prompt: picture.prompt, count: COUNTS[as] ?? 1, ratio: more.aspectRatio ?? picture.aspectRatio };
  place(sketch, (key) => api.redraw(picture.id, { as, deliver: delivering(), ...more }, key));
  emit("view", "pictures");
  scrollTo({ top: 0, behavior: "smooth" });
};

async function reshape(picture) {
  const ratios = ratiosOf(picture).filter((one) => one !== picture.aspectRatio);
  const aspectRatio = await choose(t("reshaped"), "strip ratios", ratios.map((one) => [one, ...shape(one)]));
  return aspectRatio && redraw(picture, "reshaped", { aspectRatio });
}

async function star(picture) {
  const answer = await attempt(api.favourite(picture.id, !picture.starred));
  if (!answer) return;
  telegram.feel("select");
  emit("picture", { id: picture.id, change: { starred: answer.starred } });
}

async function save(picture) {
  if (picture.url && telegram.canDownload()) return void telegram.download(new URL(picture.url, location.href).href, nameOf(picture));
  const blob = await attempt(blobOf(picture));
  if (!blob) return;
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: nameOf(picture) }).click();
  setTimeout(URL.revokeObjectURL, 60_000, url);
}

const shareable = () => (telegram.canShare() && reachable.canDeliver) || (!telegram.inTelegram && navigator.canShare?.({ files: [new File([""], "a.png", { type: "image/png" })] }));

async function share(picture) {
  if (telegram.canShare()) {
    const prepared = await attempt(api.prepare(picture.id));
    if (prepared && (await telegram.share(prepared.preparedMessageId))) toast(t("shared"));
    return;
  }
  const blob = await attempt(blobOf(picture));
  const left = (error) => { if (error.name !== "AbortError") toast(error.message); };
  if (blob) await navigator.share({ files: [new File([blob], nameOf(picture), { type: blob.type })], text: picture.prompt }).catch(left);
}

async function remove(picture) {
  if (!(await sure(t("removeTitle"), t("removeText"), t("remove")))) return;
  if (await attempt(api.remove(picture.id))) emit("picture", { id: picture.id, change: null });
}

export const actionsOf = (picture) => [
  { sign: "star", words: t("star"), pressed: picture.starred, act: () => star(picture) },
  { sign: "save", words: t("save"), act: () => save(picture) },
  ...(shareable() ? [{ sign: "share", words: t("share"), act: () => share(picture) }] : []),
  { sign: "edit", words: t("edit"), act: () => () => attempt(goOnFrom({ picture })) },
  { sign: "again", words: t("again"), act: () => redraw(picture, "again") },
  { sign: "variations", words: t("variations"), act: () => redraw(picture, "variations") },
  { sign: "larger", words: t("larger"), act: () => redraw(picture, "larger") },
  { sign: "reshaped", words: t("reshaped"), act: () => reshape(picture) },
  { sign: "trash", words: t("remove"), act: () => remove(picture) },
];
