/**
 * What a tab or a browser remembers; where storage is blocked, nothing.
 */

/** @param {() => Storage} open throws where it is blocked */
const remembering = (open) => ({
  /** What is kept under this name, or "". @param {string} key */
  get(key) {
    try {
      return open().getItem(key) ?? "";
    } catch {
      return "";
    }
  },
  /** @param {string} key @param {string} value "" for nothing */
  set(key, value) {
    try {
      if (value) open().setItem(key, value);
      else open().removeItem(key);
    } catch {
      // full or blocked: the page works without
    }
  },
});

/** Until this tab is closed. */
export const tab = remembering(() => sessionStorage);

/** In all tabs, for good. */
export const browser = remembering(() => localStorage);
