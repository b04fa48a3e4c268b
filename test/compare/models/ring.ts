/**
 * A consistent-hash ring: a key belongs to the node of the next point clockwise.
 *
 * @module
 */

/** A ring of nodes with some points each. */
export interface Ring {
  /** The node of a key; undefined of an empty ring. */
  readonly owner: (key: string) => string | undefined;
}

/** Makes a ring. `hash` gives a number for a text; of two nodes on one point the first keeps it. */
export const makeRing = (nodes: ReadonlyArray<string>, points: number, hash: (text: string) => number): Ring => {
  const at = new Map<number, string>();
  for (const node of nodes) {
    for (let n = 0; n < points; n++) {
      const point = hash(points === 1 ? node : `${n}_${node}`);
      if (!at.has(point)) at.set(point, node);
    }
  }
  const sorted = [...at].sort(([x], [y]) => x - y);
  return {
    owner: (key) => {
      const point = hash(key);
      return (sorted.find(([it]) => it >= point) ?? sorted[0])?.[1];
    },
  };
};

/** CRC-32, which the Go ancestor uses. */
export const crc32 = (text: string): number => {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
};

/** FNV-1a with a final mix, in place of the Rust ancestor's SipHash: any good hash gives the same picture. */
export const mixed = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};
