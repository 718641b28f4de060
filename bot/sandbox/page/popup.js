// The list above the input: commands or inline results. The input stays focused and rules it (ARIA combobox).

import { byId, el } from "./dom.js";

let options = []; // [{node, choose, complete?}]
let at = -1;

export const isOpen = () => !byId("popup").hidden;

/** `kind` is a CSS class; `chosen` is the option marked at first, -1 for none. */
export function openPopup(kind, label, entries, { chosen = -1, foot = null } = {}) {
  const popup = byId("popup");
  options = entries;
  popup.className = `popup ${kind}`;
  const list = el("div", { class: "popup-list", role: "listbox", "aria-label": label, data: { testid: `${kind}-list` } });
  entries.forEach(({ node, choose }, index) => {
    node.setAttribute("role", "option");
    node.id = `option-${index}`;
    // The input keeps the focus (and a phone its keyboard) while one taps here.
    node.addEventListener("pointerdown", (event) => event.pointerType === "mouse" && event.preventDefault());
    node.addEventListener("click", choose);
    list.append(node);
  });
  popup.replaceChildren(...[list, foot].filter(Boolean));
  popup.hidden = false;
  byId("field").setAttribute("aria-expanded", "true");
  mark(chosen);
  return list;
}

export function closePopup() {
  options = [];
  byId("popup").hidden = true;
  byId("popup").replaceChildren();
  byId("field").setAttribute("aria-expanded", "false");
  byId("field").removeAttribute("aria-activedescendant");
}

function mark(index) {
  at = index;
  options.forEach(({ node }, number) => node.setAttribute("aria-selected", String(number === at)));
  const node = options[at]?.node;
  node?.scrollIntoView({ block: "nearest" });
  if (node) byId("field").setAttribute("aria-activedescendant", node.id);
  else byId("field").removeAttribute("aria-activedescendant");
}

/** True if the key was for the list. */
export function popupKey(event) {
  if (!isOpen()) return false;
  const step = { ArrowDown: 1, ArrowUp: -1, ...(at >= 0 && isGrid() ? { ArrowRight: 1, ArrowLeft: -1 } : {}) }[event.key];
  const stride = step && event.key.match(/Up|Down/) && isGrid() && at >= 0 ? columns() : 1;
  if (step && options.length) mark(Math.min(Math.max(at < 0 && step < 0 ? options.length - 1 : at + step * stride, 0), options.length - 1));
  else if (event.key === "Enter" && !event.shiftKey && options[at]) options[at].choose();
  else if (event.key === "Tab" && options[at]?.complete) options[at].complete();
  else if (event.key === "Escape") closePopup();
  else return false;
  event.preventDefault();
  return true;
}

const isGrid = () => byId("popup").classList.contains("grid");

function columns() {
  const top = options[0].node.offsetTop;
  const second = options.findIndex(({ node }) => node.offsetTop !== top);
  return second < 0 ? options.length : second;
}
