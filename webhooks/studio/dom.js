// Elements, icons and small news between the parts of the page. Text never becomes markup.

export const $ = (id) => document.getElementById(id);

/** An element. Functions listen to the event of their name; false, null and undefined leave a name out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child || child === 0));
  return node;
}

// On a grid of 24 × 24, drawn with a round pen.
const PATHS = {
  again: "M19.5 9.5A8 8 0 1 0 20 13.5M20 4v5.5h-5.5",
  back: "M14.5 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  edit: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5",
  larger: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  less: "M6 12h12",
  more: "M12 6v12M6 12h12",
  next: "M9.5 5l7 7-7 7",
  picture: "M4 5h16v14H4zM4 16.5l4.5-5 4 4 3-3 4.5 4.5M15.5 8.8v.01",
  reshaped: "M7 3v14h14M3 7h14v14",
  save: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  share: "M12 15V4M7.5 8L12 3.5 16.5 8M5 12.5V20h14v-7.5",
  star: "M12 3.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.8-5.2 2.8 1-5.8L3.6 9.7l5.8-.8z",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  variations: "M4 4h6.5v6.5H4zM13.5 4H20v6.5h-6.5zM4 13.5h6.5V20H4zM13.5 13.5H20V20h-6.5z",
};

export function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon ${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

const bus = new EventTarget();
export const on = (name, act) => bus.addEventListener(name, ({ detail }) => act(detail));
export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

/** What is kept in the browser; one that keeps nothing is no reason to stop. */
function keeper(kind) {
  return {
    get(name) {
      try { return JSON.parse(window[kind].getItem(`studio:${name}`)); } catch { return null; }
    },
    set(name, value) {
      try { window[kind].setItem(`studio:${name}`, JSON.stringify(value)); } catch { /* full, or not allowed */ }
    },
  };
}
export const session = keeper("sessionStorage");
export const local = keeper("localStorage");

export const hex = (bytes) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (one) => one.toString(16).padStart(2, "0")).join("");
