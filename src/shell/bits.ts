/**
 * Randomness.
 */

/** 128 random bits as letters and digits: an incarnation, or a key nobody else has. */
export const drawBits = (): string => {
  let text = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) text += byte.toString(16).padStart(2, "0");
  return text;
};
