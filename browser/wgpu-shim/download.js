/**
 * A model's file, fetched in parts that the browser keeps: a download that broke off goes on where it
 * stopped, and a second start fetches nothing.
 *
 * The address must change when the content does. Where the browser keeps nothing (its room is full,
 * or the person forbade it) the parts stay in memory until the tab is closed.
 */

const KEPT = "ashao-models";
const PART_BYTES = 8 * 2 ** 20;
const RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/;

/**
 * The file at an address, as a blob of which the browser need not hold all in memory.
 * @param {string} url absolute
 * @param {(bytes: number, total: number) => void} onProgress
 * @returns {Promise<Blob>}
 */
export async function download(url, onProgress) {
  const cache = await openCache();
  const parts = [];
  for (let bytes = 0, total = Number.POSITIVE_INFINITY; bytes < total; ) {
    const part = (await find(cache, url, bytes)) ?? (await get(cache, url, bytes));
    parts.push(part.blob);
    total = part.total;
    bytes += part.blob.size;
    onProgress(bytes, total);
  }
  return new Blob(parts);
}

/** Forgets what is kept of a file, because it cannot be used. @param {string} url */
export async function forget(url) {
  const cache = await openCache();
  const keys = (await cache?.keys().catch(() => [])) ?? [];
  const parts = keys.filter((key) => key.url.startsWith(`${url}?from=`));
  await Promise.all(parts.map((key) => cache?.delete(key)));
}

/** @returns {Promise<Cache | undefined>} */
async function openCache() {
  return globalThis.caches?.open(KEPT).catch(() => undefined);
}

/** @param {string} url @param {number} from */
const keyOf = (url, from) => `${url}?from=${from}`;

/** A part that is kept whole. @param {Cache | undefined} cache @param {string} url @param {number} from */
async function find(cache, url, from) {
  const kept = await cache?.match(keyOf(url, from)).catch(() => undefined);
  return kept && readPart(kept, from).catch(() => undefined);
}

/** @param {Cache | undefined} cache @param {string} url @param {number} from */
async function get(cache, url, from) {
  const range = `bytes=${from}-${from + PART_BYTES - 1}`;
  const response = await fetch(url, { headers: { Range: range }, cache: "no-store" });
  if (!response.ok) throw new Error(`request failed: ${response.status}`);
  const part = await readPart(response, from);
  const headers = { "Content-Range": `bytes ${from}-${from + part.blob.size - 1}/${part.total}` };
  // No room is no reason to stop.
  await cache?.put(keyOf(url, from), new Response(part.blob, { headers })).catch(() => {});
  return part;
}

/**
 * A part, all of it; a server that knows no ranges sends the whole file as one.
 * @param {Response} response @param {number} from
 */
async function readPart(response, from) {
  const range = RANGE.exec(response.headers.get("Content-Range") ?? "");
  const blob = await response.blob();
  const isAll = !range && from === 0 && response.status === 200;
  if (isAll && blob.size > 0) return { blob, total: blob.size };
  const [first, last, total] = (range ?? []).slice(1).map(Number);
  const isWhole = first === from && blob.size === last - first + 1 && last < total;
  if (!isWhole) throw new Error("request failed: a part is not whole");
  return { blob, total };
}
