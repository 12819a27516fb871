/**
 * Makes elements equal to others and leaves alone what is equal already, so that a selection, the focus and
 * a scrolled place in them stay.
 */

/** @param {Node} live @param {Node} wanted its children may move to `live` */
export function morph(live, wanted) {
  const children = [...wanted.childNodes];
  for (const [index, child] of children.entries()) {
    const old = live.childNodes[index];
    if (!old) live.appendChild(child);
    else if (old instanceof Text && child instanceof Text) setText(old, child.data);
    else if (isSameShell(old, child)) morph(old, child);
    else live.replaceChild(child, old);
  }
  while (live.childNodes.length > children.length) live.lastChild?.remove();
}

/** Changes only what differs. @param {Text} node @param {string} text */
export function setText(node, text) {
  const { data } = node;
  if (text === data) return;
  let same = 0;
  while (same < data.length && data[same] === text[same]) same += 1;
  node.replaceData(same, data.length - same, text.slice(same));
}

/** @param {Node} one @param {Node} other */
const isSameShell = (one, other) =>
  one instanceof Element && one.cloneNode(false).isEqualNode(other.cloneNode(false));
