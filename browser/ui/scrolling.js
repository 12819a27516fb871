/**
 * Keeps a growing text in sight, unless its reader has scrolled away from the end.
 */

const NEAR_PX = 120;

/**
 * @param {HTMLElement} log sends `grown` events from inside
 * @returns {() => void} goes to the end now, and follows it from there
 */
export function stayAtTheEnd(log) {
  let isAtEnd = true;
  const page = document.scrollingElement ?? document.documentElement;
  const follow = () => {
    isAtEnd = true;
    page.scrollTop = page.scrollHeight;
  };
  addEventListener(
    "scroll",
    () => (isAtEnd = page.scrollHeight - innerHeight - page.scrollTop < NEAR_PX),
    {
      passive: true,
    },
  );
  log.addEventListener("grown", () => isAtEnd && follow());
  return follow;
}
