/**
 * What payloads are turned into before they go to the store, and back: by functions of whoever uses this, to encrypt them.
 *
 * What a codec has made is kept as a JSON text behind a `~`, which no JSON begins with: so who has no codec knows that it needs one, and
 * who has one takes nothing that it has not made, unless it is told to.
 */
import * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import * as Payload from "../core/ledger/Payload.ts";
import { InvalidInput, strangeField } from "../core/words/InvalidInput.ts";
import { bytesOf } from "./json.ts";
import { settle } from "./settle.ts";

/** What a payload is for: to bind to it what is made of it, so that it can be moved to nothing else. */
export interface PayloadOf {
  /** The service. */
  readonly service: string;
  /** The job that is triggered with it, or the handler of the schedule. */
  readonly job: string;
  /** The id of the schedule in the store; undefined of what a job is triggered with. */
  readonly schedule: string | undefined;
}

/** Turns payloads into texts and back. All processes of a service that put, look or run need the same. */
export interface PayloadCodec {
  /** What is kept instead of the JSON of a payload: any text. The same payload may become another text each time. */
  readonly encode: (json: string, of: PayloadOf) => string | PromiseLike<string>;
  /** The JSON again. What it cannot be sure about it must refuse, by throwing or rejecting. */
  readonly decode: (text: string, of: PayloadOf) => string | PromiseLike<string>;
  /**
   * Whether payloads are taken that no codec has made: for as long as there are some from before there was one. Default: they are
   * refused, as anybody might have written them.
   */
  readonly acceptPlain?: boolean | undefined;
}

/** Why a payload cannot be read. It tells nothing of it. */
export class PayloadUnreadable extends Error {
  /** For those who look at runs that failed. */
  override readonly name = "PayloadUnreadable";

  constructor(why: string) {
    super(`the payload cannot be read: ${why}`);
  }
}

/** What begins what a codec has made. */
const sign = "~";

/** What a stranger's error is called: a short word, or nothing, as its text may tell what was to be kept. */
const nameOf = (error: unknown): string => {
  try {
    const name: unknown = (error as { readonly name?: unknown } | undefined)?.name;
    return typeof name === "string" && /^[A-Za-z]{1,40}$/.test(name) ? ` (${name})` : "";
  } catch {
    return "";
  }
};

/** Tells one of both, once: what a codec answers, or what is wrong with that. */
const asking = (work: () => unknown, done: (text: string) => void, wrong: (why: string) => void): void =>
  settle(
    work,
    (text) => typeof text === "string" ? done(text) : wrong("it answered with no text"),
    (error) => wrong(`it failed${nameOf(error)}`),
  );

/** The value of a payload. Its text is in no error. */
export const parsed = (json: string, wrong: string = "it is no JSON"): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    throw new PayloadUnreadable(wrong);
  }
};

const valueOf = (json: string): Effect.Effect<unknown, PayloadUnreadable> =>
  Effect.try({ try: () => parsed(json), catch: (error) => error as PayloadUnreadable });

/** Whether a codec has made a stored payload. */
export const isMade = (text: string): boolean => text.startsWith(sign);

/** Whether a stored payload is to be decoded, or refused, before anybody reads it. */
export const isCoded = (codec: PayloadCodec | undefined, text: string): boolean => codec !== undefined || isMade(text);

/** What goes to the store for the JSON of a payload. */
export const stored = (
  codec: PayloadCodec | undefined,
  json: string,
  of: PayloadOf,
): Effect.Effect<string, InvalidInput> => {
  if (codec === undefined) return Effect.succeed(json);
  const answered = Effect.callback<string, InvalidInput>((resume) =>
    asking(
      () => codec.encode(json, of),
      (text) => resume(Effect.succeed(text)),
      (why) =>
        resume(
          Effect.fail(
            new InvalidInput("payloadCodec", why, "an encode that answers with a text, or a promise of one"),
          ),
        ),
    )
  );
  return Effect.flatMap(answered, (text) => {
    const coded = JSON.stringify(text);
    const size = bytesOf(coded) + sign.length;
    return size <= Payload.maxBytes
      ? Effect.succeed(sign + Payload.asciiJson(coded))
      : Effect.fail(new InvalidInput("payload", `${size} bytes as encoded`, `at most ${Payload.maxBytes} bytes`));
  });
};

/** Tells one of both, once: what a stored payload was made of, whether that is JSON or not, or why nobody can know. */
export const decoding = (
  codec: PayloadCodec | undefined,
  text: string,
  of: PayloadOf,
  done: (json: string) => void,
  failed: (error: PayloadUnreadable) => void,
): void => {
  const unreadable = (why: string): void => failed(new PayloadUnreadable(why));
  const isEncoded = isMade(text);
  if (codec === undefined && isEncoded) return unreadable("it was put with a payloadCodec, and there is none here");
  if (codec !== undefined && !isEncoded && codec.acceptPlain !== true) {
    return unreadable("it was put without the payloadCodec that is used here");
  }
  if (codec === undefined || !isEncoded) return done(text);
  let coded: unknown;
  try {
    coded = parsed(text.slice(sign.length), "it is nothing that ringcron has written");
  } catch (error) {
    return failed(error as PayloadUnreadable);
  }
  asking(() => codec.decode(coded as string, of), done, (why) => unreadable(`payloadCodec.decode: ${why}`));
};

/** The same as an effect. */
export const decoded = (
  codec: PayloadCodec | undefined,
  text: string,
  of: PayloadOf,
): Effect.Effect<string, PayloadUnreadable> =>
  Effect.callback((resume) =>
    decoding(codec, text, of, (json) => resume(Effect.succeed(json)), (error) => resume(Effect.fail(error)))
  );

/** The value of a stored payload. */
export const told = (
  codec: PayloadCodec | undefined,
  text: string,
  of: PayloadOf,
): Effect.Effect<unknown, PayloadUnreadable> => Effect.flatMap(decoded(codec, text, of), (json) => valueOf(json));

const allowed = "{ encode, decode } with functions, and acceptPlain as true or false if it is given";

/** Checks the option. */
export const checked = (value: unknown): Result.Result<PayloadCodec | undefined, InvalidInput> => {
  if (value === undefined) return Result.succeed(undefined);
  const refused = Result.fail(new InvalidInput("payloadCodec", typeof value, allowed));
  if (typeof value !== "object" || value === null) return refused;
  const strange = strangeField(value, ["encode", "decode", "acceptPlain"], "payloadCodec.");
  if (strange !== undefined) return Result.fail(strange);
  const { acceptPlain, decode, encode } = value as Partial<PayloadCodec>;
  const isSound = typeof encode === "function" && typeof decode === "function" &&
    (acceptPlain === undefined || typeof acceptPlain === "boolean");
  return isSound ? Result.succeed(value as PayloadCodec) : refused;
};
