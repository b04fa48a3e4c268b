/**
 * Handlers whose payloads are decoded before they are called.
 */
import * as Effect from "effect/Effect";
import type { Decode } from "./Handlers.ts";
import { isCoded, type PayloadCodec, told } from "./payloadCodec.ts";
import { prepared } from "./prepared.ts";

/** By a codec: handlers that are called with what it makes of stored texts; the very ones where there is nothing to decode. */
export const decodingBy = (codec: PayloadCodec | undefined): Decode => (handler, text, of) =>
  isCoded(codec, text) ? prepared(handler, () => Effect.runPromise(told(codec, text, of)), (value) => value) : handler;
