/**
 * Values of strangers as JSON.
 */
import * as Payload from "../core/ledger/Payload.ts";
import type { Returned } from "../core/words/Fire.ts";

/** A value as JSON; undefined for what JSON cannot say. Whatever the value does meanwhile is nobody's concern. */
export const jsonText = (value: unknown): string | undefined => {
  try {
    const json: unknown = JSON.stringify(value);
    return typeof json === "string" ? json : undefined;
  } catch {
    return undefined;
  }
};

/** How many bytes of UTF-8 a text has. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** What is kept of what a handler returned; undefined if that was nothing. */
export const returnedOf = (value: unknown): Returned | undefined => {
  if (value === undefined) return undefined;
  const json = jsonText(value);
  if (json === undefined) return { unkept: "not-json" };
  return json.length > Payload.maxBytes || bytesOf(json) > Payload.maxBytes ? { unkept: "too-large" } : { json };
};
