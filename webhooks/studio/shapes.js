// Ratios drawn as shapes.

import { el } from "./dom.js";
import { t } from "./texts.js";

const SIDE_PX = 27;
const LEAST_PX = 7;

/** What stands in a button or label for this ratio. */
export function shape(ratio) {
  const [wide, high] = ratio === "auto" ? [1, 1] : ratio.split(":").map(Number);
  const most = Math.max(wide, high);
  const box = el("i", { class: ratio === "auto" ? "any" : "" });
  box.style.width = `${Math.max((SIDE_PX * wide) / most, LEAST_PX)}px`;
  box.style.height = `${Math.max((SIDE_PX * high) / most, LEAST_PX)}px`;
  return [el("span", { class: "frame", "aria-hidden": "true" }, box), el("span", {}, ratio === "auto" ? t("auto") : ratio)];
}
