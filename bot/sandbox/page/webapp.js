// A Mini App in a frame of its own, and the few words it exchanges with its host.
// https://core.telegram.org/api/bots/webapps: events travel as JSON text by postMessage.

import * as api from "./api.js";
import { ask, attempt, closeButton, modal, pickChat, tell } from "./dialogs.js";
import { el, icon } from "./dom.js";
import { openLink } from "./links.js";
import { openInvoice } from "./pay.js";
import { emit, state } from "./state.js";
import { t } from "./texts.js";

export async function openApp(address, title) {
  const signed = await attempt(api.webApp(state.me, state.chat, { url: address }));
  if (!signed) return;
  // An app from our own address could reach this page if it kept its origin.
  const foreign = new URL(signed.url, location.href).origin !== location.origin;
  const frame = el("iframe", {
    title: title ?? t("miniApp"), data: { testid: "webapp-frame" }, referrerpolicy: "no-referrer",
    sandbox: `allow-scripts allow-forms allow-popups allow-downloads ${foreign ? "allow-same-origin" : ""}`,
  });
  const post = (eventType, eventData = {}) => frame.contentWindow?.postMessage(JSON.stringify({ eventType, eventData }), "*");
  const back = el("button", { type: "button", class: "icon-button", hidden: true, "aria-label": t("back"), onclick: () => post("back_button_pressed") }, icon("back"));
  const main = el("button", { type: "button", class: "button main wide", hidden: true, onclick: () => post("main_button_pressed") });
  const { dialog, closed } = modal(
    { class: "webapp", "aria-label": title ?? t("miniApp"), data: { testid: "webapp" } },
    el("header", {}, back, el("h2", {}, title ?? t("miniApp")), closeButton(() => dialog.close())),
    frame, main,
  );
  const hear = (event) => {
    if (event.source === frame.contentWindow) answer(event.data, { dialog, frame, post, back, main });
  };
  addEventListener("message", hear);
  frame.src = inColours(signed.url, dialog);
  const repaint = () => post("theme_changed", { theme_params: themeOf(dialog) });
  const dusk = matchMedia("(prefers-color-scheme: dark)");
  dusk.addEventListener("change", repaint);
  await closed;
  dusk.removeEventListener("change", repaint);
  removeEventListener("message", hear);
}

/** Telegram says at once in which colours the app is opened; they are not signed. */
function inColours(address, dialog) {
  const [page, launch] = address.split("#");
  const fields = new URLSearchParams(launch);
  fields.set("tgWebAppThemeParams", JSON.stringify(themeOf(dialog)));
  return `${page}#${fields}`;
}

const ANSWERS = {
  web_app_close: ({ dialog }) => dialog.close(),
  web_app_request_theme: ({ post, dialog }) => post("theme_changed", { theme_params: themeOf(dialog) }),
  web_app_request_viewport({ post, frame }) {
    post("viewport_changed", { width: frame.clientWidth, height: frame.clientHeight, is_state_stable: true, is_expanded: true });
  },
  web_app_setup_main_button({ main }, { is_visible: visible, is_active: active = true, text = "" }) {
    main.hidden = !visible;
    main.disabled = !active;
    if (text) main.textContent = text;
  },
  web_app_setup_back_button({ back }, { is_visible: visible }) {
    back.hidden = !visible;
  },
  async web_app_request_file_download({ post }, { url, file_name: name }) {
    const agreed = await ask(t("downloadTitle"), el("p", {}, t("downloadText", { name })), t("download"));
    if (agreed) el("a", { href: url, download: name, target: "_blank", rel: "noopener" }).click();
    post("file_download_requested", { status: agreed ? "downloading" : "cancelled" });
  },
  web_app_open_link: (_, { url }) => openLink(url),
  web_app_open_tg_link: (_, { path_full: path }) => openLink(`https://t.me${path}`),
  async web_app_open_invoice({ post }, { slug }) {
    post("invoice_closed", { slug, status: await openInvoice({ slug }) });
  },
  web_app_open_popup({ post }, { message, buttons }) {
    tell(message).then(() => post("popup_closed", { button_id: buttons?.[0]?.id ?? "" }));
  },
  async web_app_send_prepared_message({ post }, { id }) {
    const place = await pickChat();
    const sent = place && (await attempt(api.share({ person: state.me, ...place }, id)));
    if (sent) post("prepared_message_sent");
    else post("prepared_message_failed", { error: place ? "UNKNOWN_ERROR" : "USER_DECLINED" });
  },
  web_app_switch_inline_query({ dialog }, { query }) {
    dialog.close();
    emit("inline", query);
  },
};

function answer(data, host) {
  let event;
  try {
    event = JSON.parse(data);
  } catch {
    return; // not a word of the Mini App protocol
  }
  ANSWERS[event?.eventType]?.(host, event.eventData ?? {});
}

function themeOf(node) {
  const [dialog, page] = [node, document.documentElement].map((one) => getComputedStyle(one));
  return {
    bg_color: hex(dialog.backgroundColor), section_bg_color: hex(dialog.backgroundColor), secondary_bg_color: hex(page.backgroundColor),
    text_color: hex(dialog.color), button_color: "#f8d34c", button_text_color: "#2b2106",
  };
}

const hex = (rgb) => `#${rgb.match(/\d+/g).slice(0, 3).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
