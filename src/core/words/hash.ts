/**
 * Hashes that give the same 32 bits in every runtime: integers only, over the UTF-16 units of a string.
 */

/** Spreads every bit of the input over all 32 of the output (the finaliser of MurmurHash3). */
export const mix = (value: number): number => {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** FNV-1a over the UTF-16 units, then mixed: FNV alone is biased in its high bits. Cost: linear in the length. */
export const hashOf = (value: string, seed = 0x811c9dc5): number => {
  let h = seed | 0;
  for (let i = 0; i < value.length; i++) h = Math.imul(h ^ value.charCodeAt(i), 0x01000193);
  return mix(h);
};

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");

/** A 64-bit fingerprint of a text, 16 hexadecimal digits. For telling definitions apart, not for secrets. */
export const fingerprint = (value: string): string => hex(hashOf(value)) + hex(hashOf(value, 0x9747b28c));
