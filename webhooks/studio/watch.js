// Follows one task to its end: by WebSocket, which comes back after a while when it breaks off;
// where none can be had, by asking every 3 seconds for 3 minutes.

import * as api from "./api.js";

const POLL_MS = 3000;
const POLLS_MAX = 60;
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15_000, 30_000];
// After so many in a row that brought nothing, there is asked as well.
const FAILURES_MAX = 2;

/** `hear(task)` at each change, `quiet()` when nothing is known any more, `gone()` when it is there no more. Returns a stop. */
export function watch(id, { hear, quiet, gone }) {
  let [failures, polls, stopped] = [0, 0, false];
  let [socket, again, polling] = [null, null, null];

  function stop() {
    stopped = true;
    clearTimeout(again);
    clearTimeout(polling);
    removeEventListener("online", connect);
    document.removeEventListener("visibilitychange", connect);
    socket?.close();
  }

  function take(task) {
    if (stopped) return;
    if (["completed", "failed"].includes(task.status)) stop();
    hear(task);
  }

  function connect() {
    clearTimeout(again);
    if (stopped || [0, 1].includes(socket?.readyState)) return;
    socket = api.events(id);
    socket.addEventListener("message", ({ data }) => {
      [failures, polls] = [0, 0];
      clearTimeout(polling);
      polling = null;
      take(JSON.parse(data).data);
    });
    socket.addEventListener("close", broken);
  }

  function broken({ code }) {
    if (stopped) return;
    if (code === 4404 || code === 4401) {
      stop();
      // Whoever is unknown learns so from the answer to a call, in words.
      return code === 4404 ? gone() : void api.task(id).catch(() => {});
    }
    failures += 1;
    if (failures >= FAILURES_MAX && !polling && polls < POLLS_MAX) polling = setTimeout(poll, 0);
    const wait = BACKOFF_MS[Math.min(failures - 1, BACKOFF_MS.length - 1)];
    again = setTimeout(connect, wait * (0.75 + Math.random() / 2));
  }

  async function poll() {
    try {
      const task = await api.task(id);
      if (polling) take(task);
    } catch (error) {
      if (error.status === 404) {
        stop();
        return gone();
      }
    }
    if (stopped || !polling) return;
    polls += 1;
    if (polls < POLLS_MAX) polling = setTimeout(poll, POLL_MS);
    else quiet();
  }

  // A phone lets go of the socket while it is in a pocket.
  addEventListener("online", connect);
  document.addEventListener("visibilitychange", connect);
  connect();
  return stop;
}
