/**
 * Values taken from a job's name, so that `H` gives each job its own and every node the same.
 *
 * @module
 */

/**
 * A number from 0 to `size - 1`, the same for the same name and salt on every platform.
 *
 * FNV-1a over UTF-16 code units with the finalizer of MurmurHash3: FNV alone is biased in its low bits.
 */
export const spread = (name: string, salt: string, size: number): number => {
  const text = `${salt}\0${name}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % size;
};
