// The pay sheet: what an invoice asks for, the person's Stars, and how the payment went.

import * as api from "./api.js";
import { attempt, modal, toast } from "./dialogs.js";
import { el, starred } from "./dom.js";
import { state } from "./state.js";
import { stars, t } from "./texts.js";

/** `where` is `{chat, message_id}` or `{slug}`; gives "paid", "failed" or "cancelled". */
export async function openInvoice(where) {
  const person = state.me;
  const invoice = await attempt(api.invoice(person, where));
  if (!invoice) return "failed";
  let status = "cancelled";
  const news = el("p", { class: "pay-news", role: "status", data: { testid: "pay-news" } });
  const leave = el("button", { type: "button", class: "button", data: { testid: "pay-cancel" }, onclick: () => dialog.close() }, t(invoice.paid ? "close" : "cancel"));
  const pay = el("button", { type: "button", class: "button main", data: { testid: "pay" }, autofocus: true, onclick: confirm }, starred(t("pay", { stars: stars(invoice.amount) })));
  const { dialog, closed } = modal(
    { class: "card pay", "aria-label": invoice.title, data: { testid: "pay-sheet" } },
    el("span", { class: "pay-sign", "aria-hidden": "true" }, "⭐"),
    el("h2", {}, invoice.title),
    el("p", { class: "pay-about", tabindex: "0" }, invoice.description),
    el("dl", { class: "pay-sums" }, sum("price", t(invoice.period ? "aMonth" : "once", { stars: stars(invoice.amount) })), sum("yours", stars(invoice.balance))),
    news, el("footer", {}, leave, !invoice.paid && pay),
  );
  const missing = invoice.amount - invoice.balance;
  if (invoice.paid) news.textContent = t("paidAlready");
  else if (missing > 0) {
    news.textContent = t("tooFew", { stars: stars(missing) });
    pay.disabled = true;
  }

  async function confirm() {
    pay.disabled = true;
    pay.setAttribute("aria-busy", "true");
    news.textContent = t("paying", { name: state.bot.first_name });
    const result = await api.pay(person, where).catch((error) => ({ status: "failed", message: error.message }));
    status = result.status;
    const words = status === "paid" ? t("paid", { stars: stars(invoice.amount) }) : reason(result);
    if (!dialog.open) return toast(words, status === "paid" ? "" : "bad"); // left while the bot was asked
    dialog.dataset.status = status;
    news.textContent = words;
    if ("balance" in result) dialog.querySelector("dd:last-of-type").textContent = stars(result.balance);
    pay.remove();
    leave.textContent = t("close");
    leave.focus();
  }

  await closed;
  return status;
}

const reason = ({ code, message }) => (code === "BOT_PRECHECKOUT_TIMEOUT" ? t("payLate", { name: state.bot.first_name }) : message);

const sum = (name, value) => [el("dt", {}, t(name)), el("dd", { data: { testid: `pay-${name}` } }, value)];

/** Below the words about a subscription: let a month go by. */
export function renewal({ successful_payment: payment, chat }) {
  if (!payment?.is_first_recurring || chat.id !== state.me) return null;
  const renew = () => attempt(api.renew(state.me, payment.telegram_payment_charge_id));
  return el("button", { type: "button", class: "renew", data: { testid: "renew" }, onclick: renew }, t("renew"));
}
