// Telegram around the page: launch data, colours, buttons, haptics. Outside of it nothing is loaded and nothing happens.
// https://core.telegram.org/bots/webapps

import { emit } from "./dom.js";

const root = document.documentElement;

/** What the address says behind the #, or what Telegram's script kept of it at the first load. */
function launched() {
  const said = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if ("tgWebAppPlatform" in said) return said;
  try { return JSON.parse(sessionStorage.getItem("__telegram__initParams")) ?? {}; } catch { return {}; }
}

const launch = launched();
export const initData = launch.tgWebAppData ?? "";
export const inTelegram = "tgWebAppPlatform" in launch;
export const user = JSON.parse(new URLSearchParams(initData).get("user") ?? "{}");

let app = null;
let main = { text: "", visible: false, busy: false, act: null };
const backs = [];

const can = (version) => app?.isVersionAtLeast?.(version) ?? false;

/** Colours at once; the script when it comes. The page does not wait for it. */
export function meetTelegram() {
  if (!inTelegram) return;
  try { sessionStorage.setItem("__telegram__initParams", JSON.stringify(launch)); } catch { /* then it is in the address only */ }
  paint(JSON.parse(launch.tgWebAppThemeParams || "{}"));
  const script = document.createElement("script");
  script.src = root.dataset.telegram;
  script.addEventListener("load", arrived);
  document.head.append(script);
}

function arrived() {
  app = window.Telegram?.WebApp;
  if (!app) return;
  app.ready();
  app.expand();
  app.onEvent("themeChanged", () => paint(app.themeParams));
  paint(app.themeParams);
  if (can("6.1")) {
    app.setHeaderColor("secondary_bg_color");
    app.setBackgroundColor("secondary_bg_color");
    app.BackButton.onClick(() => backs.at(-1)?.());
  }
  app.MainButton.onClick(() => main.visible && !main.busy && main.act());
  root.classList.add("native");
  showMain({});
  showBack();
  emit("telegram");
}

/** Telegram's colours as CSS variables; light or dark by how bright the background is. */
function paint(colours) {
  for (const [name, value] of Object.entries(colours ?? {})) root.style.setProperty(`--tg-theme-${name.replaceAll("_", "-")}`, value);
  const ground = /^#(..)(..)(..)$/.exec(colours?.bg_color ?? "");
  if (!ground) return;
  const [red, green, blue] = ground.slice(1).map((part) => parseInt(part, 16));
  root.dataset.theme = red * 0.3 + green * 0.59 + blue * 0.11 < 128 ? "dark" : "light";
}

/** Telegram's own big button; the page shows its own as long as there is none. */
export function showMain(change) {
  main = { ...main, ...change };
  // It takes no empty words.
  if (!app || !main.text) return;
  app.MainButton.setParams({ text: main.text, is_visible: main.visible, is_active: !main.busy });
}

/** `leave` is what going back means until the function that is returned has been called. */
export function goingBack(leave) {
  backs.push(leave);
  showBack();
  return () => {
    backs.splice(backs.indexOf(leave), 1);
    showBack();
  };
}

function showBack() {
  if (can("6.1")) app.BackButton[backs.length ? "show" : "hide"]();
  if (can("7.7")) app[backs.length ? "disableVerticalSwipes" : "enableVerticalSwipes"]();
}

/** "light" for a touch, "success" or "error" for how it went, "select" for a choice. */
export function feel(kind) {
  if (!can("6.1")) return;
  if (kind === "light") app.HapticFeedback.impactOccurred("light");
  else if (kind === "select") app.HapticFeedback.selectionChanged();
  else app.HapticFeedback.notificationOccurred(kind);
}

export const canShare = () => can("8.0");
export const share = (id) => new Promise((resolve) => app.shareMessage(id, resolve));

/** Telegram fetches the file itself: the address must be one that anybody may open, and https. */
export const canDownload = () => can("8.0") && location.protocol === "https:";
export const download = (url, name) => app.downloadFile({ url, file_name: name });
export const leave = () => app?.close();

/** Go on in the chat; what was written here is found again. */
export function openBot(url) {
  if (!app) return open(url, "_blank", "noopener");
  app.openTelegramLink(url);
  leave();
}
