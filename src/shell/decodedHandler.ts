/**
 * Handlers whose payloads are decoded before they are called.
 */
import type { Decode } from "./Handlers.ts";
import { decoding, isCoded, parsed, type PayloadCodec } from "./payloadCodec.ts";
import { prepared } from "./prepared.ts";

/** By a codec: handlers that are called with what it makes of stored texts; the very ones where there is nothing to decode. */
export const decodingBy = (codec: PayloadCodec | undefined): Decode => (handler, text, of) => {
  if (!isCoded(codec, text)) return handler;
  const decoded = () => new Promise<string>((done, failed) => decoding(codec, text, of, done, failed));
  return prepared(handler, decoded, (json) => parsed(json as string));
};
