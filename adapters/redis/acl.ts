/**
 * What a user of the store must be allowed to do, and what a server says that does not allow it.
 *
 * The lists of commands are the one place that says what the scripts call. A test holds the scripts to them: all laws pass
 * under exactly these, and none can be taken away.
 */

const shared = "eval evalsha time unlink hdel hlen hmget hscan hset pexpire zadd zmscore zrangebylex zrangebyscore zrem"
  .split(" ");

/** The commands of a driver, by whether it gives each node a key of its own. */
export const commandsOf = (hasKeys: boolean): ReadonlyArray<string> => [
  ...shared,
  ...(hasKeys ? ["get", "mget", "set", "zrange"] : ["zcard"]),
];

/** What is called for hints; everything else goes on without. */
export const ofHints: ReadonlyArray<string> = ["publish", "subscribe"];

/** The rule of `ACL SETUSER` that is enough. */
export const rule = (prefix: string, commands: ReadonlyArray<string>): string =>
  [`~${prefix}*`, `&${prefix}*`, ...[...commands, ...ofHints].map((it) => `+${it}`)].join(" ");

/** What the server did not let a script or its caller do. */
export interface Refusal {
  /** `missing`: the server has no such command, at least not under this name. */
  readonly _tag: "command" | "keys" | "channel" | "missing";
  /** Which command, in capitals; undefined if the server did not say. */
  readonly command: string | undefined;
}

const missing =
  /\b(?:unknown|unsupported) (?:redis )?command\b|command is (?:not (?:available|supported)|disabled)|command is not allowed from script/i;
const denied = /\bNOPERM\b|ACL failure in script|the user executing the script can't/i;
const channel = /\bchannels?\b/i;
const keys = /\baccess (?:at least )?(?:one of the keys|the '.*' key|a key)/i;

/** The command called on the line of the script that the error names. */
const atLine = (error: string, script: string): string | undefined => {
  const line = /@user_script: ?(\d+)/.exec(error)?.[1];
  return line === undefined
    ? undefined
    : /redis\.p?call\('(\w+)'/.exec(script.split("\n")[Number(line) - 1] ?? "")?.[1];
};

/** Reads the server's error; undefined if it is of another kind. Nothing of its text comes back but a command of the list. */
export const refusal = (error: string, script: string, commands: ReadonlyArray<string>): Refusal | undefined => {
  const isMissing = missing.test(error);
  if (!isMissing && !denied.test(error)) return undefined;
  const quoted = /['"`](\w+)['"`]/.exec(error)?.[1];
  const isKnown = (it: string | undefined) => [...commands, ...ofHints].includes(it?.toLowerCase() ?? "");
  const found = [quoted, atLine(error, script)].find(isKnown);
  return {
    _tag: isMissing ? "missing" : keys.test(error) ? "keys" : channel.test(error) ? "channel" : "command",
    command: found?.toUpperCase(),
  };
};
