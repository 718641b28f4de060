// The page's only way to make elements. Data never becomes markup: children are nodes or text.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `on…` listens, `data` fills the dataset, false/null/undefined leave a name out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return node;
}

export const byId = (id) => document.getElementById(id);

// Drawn on a 24 × 24 grid with a round pen.
const PATHS = {
  back: "M15 5l-7 7 7 7",
  clip: "M20 11.5l-8.2 8.2a5 5 0 0 1-7.1-7.1l8.6-8.6a3.4 3.4 0 0 1 4.8 4.8l-8.6 8.6a1.7 1.7 0 0 1-2.4-2.4l7.8-7.8",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  down: "M12 5v14M5.5 12.5L12 19l6.5-6.5",
  dots: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  edit: "M4 20l1-4L16 5l3 3L8 19l-4 1zM13.5 7.5l3 3",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  forward: "M13 6l6 5.5-6 5.5v-3.5c-5 0-7.5 1.5-9 4.5 0-5.5 3-8.5 9-8.5z",
  image: "M4 5h16v14H4zM4 16l5-5 4.5 4.5 2.5-2.5 4 4M15.5 9v.01",
  left: "M15 5l-7 7 7 7",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  reply: "M11 6L5 11.5 11 17v-3.5c5 0 7.5 1.5 9 4.5 0-5.5-3-8.5-9-8.5z",
  right: "M9 5l7 7-7 7",
  save: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  screen: "M4 5h16v11H4zM9 20h6M12 16v4",
  send: "M5 12l15-7-5.5 15-3-6.5z",
  share: "M14 5h5v5M19 5l-8 8M11 6H5v13h13v-6",
  slash: "M14.5 5l-5 14",
  star: "M12 3.2l2.7 5.6 6.1.8-4.5 4.3 1.1 6.1-5.4-3-5.4 3 1.1-6.1-4.5-4.3 6.1-.8z",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  app: "M4 5h16v14H4zM4 9h16M7 7v.01",
};

/** A small picture for a button; the button itself carries the words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Words of a button that pays: Telegram draws "⭐" and "XTR" there as a star of its own. */
export function starred(text) {
  const [before, ...rest] = text.split(/⭐|XTR/);
  return [before, ...rest.map((after) => [icon("star"), el("span", { class: "sr" }, "⭐"), after])];
}

/** Somebody's initial on a colour that stays theirs; the bot has a face. */
export function avatar(name, id, kind = "") {
  if (kind === "bot") return el("img", { class: "avatar bot", src: "/page/icon.svg", alt: "" });
  const initials = [...(name || "?").trim()][0]?.toUpperCase() ?? "?";
  return el("span", { class: `avatar ${kind} tone-${tone(id)}`, "aria-hidden": "true" }, initials);
}

export const tone = (id) => Math.abs(id) % 7;

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Take a node away gently. */
export function leave(node) {
  if (calm()) return node.remove();
  node.classList.add("leaving");
  node.inert = true;
  setTimeout(() => node.remove(), 220);
}
