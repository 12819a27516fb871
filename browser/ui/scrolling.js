/**
 * Keeps a growing text in sight, unless its reader has turned back; then a button leads to the end.
 */

import { byId } from "./element.js";

const AT_END_PX = 16;

/**
 * @param {HTMLElement} log sends `grown` events from inside
 * @returns {() => void} goes to the end now, and follows it from there
 */
export function stayAtTheEnd(log) {
  const page = document.scrollingElement ?? document.documentElement;
  const toEnd = byId("to-end", HTMLButtonElement);
  let isFollowing = true;
  let lastTop = page.scrollTop;
  const isAtEnd = () => page.scrollHeight - innerHeight - page.scrollTop < AT_END_PX;
  /** @param {boolean} wanted */
  const set = (wanted) => {
    isFollowing = wanted;
    toEnd.hidden = isFollowing || isAtEnd();
  };
  const follow = () => {
    page.scrollTop = page.scrollHeight;
    set(true);
  };
  // Known at once: the scrolling itself may come only after the next words.
  const turnBack = () => page.scrollTop > 0 && set(false);
  addEventListener("wheel", ({ deltaY }) => deltaY < 0 && turnBack(), { passive: true });
  const onScroll = () => {
    const { scrollTop } = page;
    if (isAtEnd()) set(true);
    else set(isFollowing && scrollTop >= lastTop);
    lastTop = scrollTop;
  };
  addEventListener("scroll", onScroll, { passive: true });
  log.addEventListener("grown", () => (isFollowing ? follow() : set(false)));
  toEnd.addEventListener("click", () => {
    follow();
    log.focus({ preventScroll: true }); // the button goes
  });
  return follow;
}
