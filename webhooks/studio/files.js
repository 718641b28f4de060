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

/** The same, as small as a page that shows many wants it. */
export const smallOf = (picture) => (picture.preview ? Promise.resolve(picture.preview) : sourceOf(picture));

export const blobOf = async (picture) => (await fetch(await sourceOf(picture))).blob();

export const nameOf = ({ prompt, mediaType, id }) =>
  `${(prompt || id).replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 48) || id}.${{ "image/jpeg": "jpg", "image/webp": "webp" }[mediaType] ?? "png"}`;
