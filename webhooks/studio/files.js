// The bytes of a picture: at its address while it is kept here, else brought from wherever it still is.

import * as api from "./api.js";

const brought = new Map();

/** An address an <img> shows. Throws a Refusal when nobody has it any more. */
export function sourceOf({ id, url }) {
  if (url) return Promise.resolve(url);
  if (!brought.has(id)) {
    const bringing = api.file(id).then(URL.createObjectURL);
    bringing.catch(() => brought.delete(id));
    brought.set(id, bringing);
  }
  return brought.get(id);
}

/** As small as a page that shows many wants it; whole, where there is none. `gone` hears of it when
 *  nobody has it any more, of the Refusal if there was one. */
export function showSmall(image, picture, gone) {
  const whole = () => sourceOf(picture).then((url) => { image.src = url; }, gone);
  let instead = Boolean(picture.preview);
  image.addEventListener("error", () => {
    if (!instead) return gone();
    instead = false;
    whole();
  });
  if (instead) image.src = picture.preview;
  else whole();
}

export const blobOf = async (picture) => (await fetch(await sourceOf(picture))).blob();

export const nameOf = ({ prompt, mediaType, id }) =>
  `${(prompt || id).replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 48) || id}.${{ "image/jpeg": "jpg", "image/webp": "webp" }[mediaType] ?? "png"}`;
