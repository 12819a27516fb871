/**
 * Keeps a hidden page awake: Chrome's Energy Saver freezes pages that compute unseen, yet spares one
 * that holds a Web Lock for which something else waits.
 */

/**
 * Holds such a lock, of this page alone.
 * @param {LockManager} [locks] absent where the page is not trusted
 * @returns {() => void} lets go of it
 */
export function stayAwake(locks = navigator.locks) {
  let release = () => {};
  /** @type {Promise<void>} */
  const released = new Promise((resolve) => (release = resolve));
  const name = `donating ${performance.timeOrigin} ${Math.random()}`;
  locks?.request(name, () => released);
  locks?.request(name, () => {}); // waits, and does nothing when its turn comes
  return () => release();
}
