// Fingers, mouse and wheel on one picture: pinch, double tap, pan; a swipe turns the page, one downwards leaves.

const SWIPE_PX = 60;
const TAP_MS = 320;
const NEAR_MAX = 6;

/** `turn(step)` and `leave()` are called for swipes. Returns `{reset, nearer}`. */
export function zoomable(stage, { turn, leave }) {
  const fingers = new Map();
  let [scale, x, y] = [1, 0, 0];
  let start = null;
  let tapped = 0;

  function apply() {
    const image = stage.querySelector("img");
    if (!image) return;
    const [wide, high] = [Math.max(0, image.offsetWidth * scale - stage.clientWidth) / 2, Math.max(0, image.offsetHeight * scale - stage.clientHeight) / 2];
    if (scale > 1) [x, y] = [Math.min(Math.max(x, -wide), wide), Math.min(Math.max(y, -high), high)];
    image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    stage.classList.toggle("near", scale > 1);
  }

  /** Zoom so that the point under (at.x, at.y) stays where it is. */
  function nearer(factor, at) {
    const box = stage.getBoundingClientRect();
    const [px, py] = at ? [at.x - box.x - box.width / 2, at.y - box.y - box.height / 2] : [0, 0];
    const to = Math.min(Math.max(scale * factor, 1), NEAR_MAX);
    [x, y, scale] = [px - ((px - x) * to) / scale, py - ((py - y) * to) / scale, to];
    if (scale === 1) [x, y] = [0, 0];
    apply();
  }

  function reset() {
    [scale, x, y] = [1, 0, 0];
    apply();
  }

  const pair = () => {
    const [one, two] = [...fingers.values()];
    return { gap: Math.hypot(one.x - two.x, one.y - two.y), x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 };
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    start = fingers.size === 1 ? { x: event.clientX, y: event.clientY, only: true } : { ...start, only: false };
  });
  stage.addEventListener("pointermove", (event) => {
    const was = fingers.get(event.pointerId);
    if (!was) return;
    const before = fingers.size === 2 ? pair() : null;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (before) nearer(pair().gap / before.gap, pair());
    if (scale > 1 || (fingers.size === 1 && start.only)) {
      x += (event.clientX - was.x) / fingers.size;
      y += (event.clientY - was.y) / fingers.size;
      apply();
    }
  });
  const up = (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size || !start) return;
    const [across, down] = [event.clientX - start.x, event.clientY - start.y];
    const still = Math.hypot(across, down) < 8 && start.only && event.type === "pointerup";
    if (still && event.timeStamp - tapped < TAP_MS) nearer(scale > 1 ? 0.01 : 2.5, { x: event.clientX, y: event.clientY });
    tapped = still ? event.timeStamp : 0;
    if (scale > 1) return;
    reset();
    if (!start.only || event.type !== "pointerup") return;
    if (Math.abs(across) > SWIPE_PX && Math.abs(across) > Math.abs(down)) turn(across < 0 ? 1 : -1);
    else if (down > 2 * SWIPE_PX) leave();
  };
  for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, up);
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    nearer(2 ** (-event.deltaY / 300), { x: event.clientX, y: event.clientY });
  }, { passive: false });
  return { reset, nearer };
}
