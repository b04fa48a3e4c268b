/**
 * A `Driver` over scripts: the part that all Redis drivers share, whatever way they keep members and reach the server.
 */
import * as Effect from "effect/Effect";
import type { Driver, DriverError } from "../../src/Driver.ts";
import { commandsOf } from "./acl.ts";
import * as errors from "./errors.ts";
import { beat } from "./lua/beat.ts";
import { claim } from "./lua/claim.ts";
import { refused } from "./lua/common.ts";
import { complete } from "./lua/complete.ts";
import { control } from "./lua/control.ts";
import { type Members, wanting } from "./lua/members.ts";
import { peek } from "./lua/peek.ts";
import { decode, encode, type Keys, keys, whole } from "./names.ts";
import * as replies from "./replies.ts";
import * as requests from "./requests.ts";
import type { Script, Transport } from "./Script.ts";
import * as scripting from "./scripting.ts";

/** What makes one Redis driver differ from another. */
export interface Options {
  readonly name: string;
  readonly transport: Transport;
  /** Before the keys; the hash tag `{service}` follows. */
  readonly prefix: string;
  /** How long everything lives after the last sign of the service. Milliseconds. */
  readonly retentionMs: number;
  readonly members: Members;
}

/** Whoever joins between two of them makes another one necessary, so two are usual and more are a crowd. */
const maxSendings = 8;

interface Asked<A> {
  readonly script: Script;
  readonly service: string;
  /** The keys it always needs. */
  readonly keys: (keys: Keys) => ReadonlyArray<string>;
  readonly args: () => ReadonlyArray<string>;
  readonly read: (reply: string) => A | undefined;
}

/** Builds the driver. */
export const make = ({ name, transport, prefix, retentionMs, members }: Options): Driver => {
  const run = scripting.make(transport);
  const needs = { prefix, commands: commandsOf(members.hasKeys) };
  const [beatScript, claimScript, controlScript] = [beat(members), claim(members), control(members)];
  // Not for security: it only has to differ between the clients of one proxy.
  const client = Math.floor(Math.random() * 2 ** 40).toString(36);
  let sent = 0;

  /** The nodes whose keys a script asks for; undefined if the answer is none that it can give. */
  const wanted = (reply: string, given: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
    if (!members.hasKeys) return undefined;
    const nodes = reply.slice(wanting.length).split("|");
    const isSound = nodes.every((it) => decode(it) !== undefined) && nodes.some((it) => !given.includes(it));
    return isSound ? [...new Set([...given, ...nodes])] : undefined;
  };

  const ask = <A>(
    asked: Asked<A>,
    nodes: ReadonlyArray<string> = [],
    sending = 1,
  ): Effect.Effect<A, DriverError> =>
    Effect.suspend(() => {
      const { script } = asked;
      const tag = `${client}-${++sent}`;
      const all = keys(prefix, asked.service);
      const scriptKeys = [...asked.keys(all), ...nodes.map((it) => all.node + it)];
      const corrupt = () => Effect.fail(errors.corrupt(name, script.name));
      return Effect.matchEffect(run(script, scriptKeys, [tag, ...asked.args()]), {
        onFailure: (failure) => Effect.fail(errors.fromFailure(name, script, failure, needs)),
        onSuccess: (answer) => {
          if (typeof answer !== "string" || !answer.startsWith(`${tag}\n`)) return corrupt();
          const reply = answer.slice(tag.length + 1);
          if (reply === refused) return Effect.fail(errors.refused(name, script.name));
          if (reply.startsWith(wanting)) {
            const more = wanted(reply, nodes);
            if (more === undefined) return corrupt();
            return sending < maxSendings
              ? ask(asked, more, sending + 1)
              : Effect.fail(errors.unsettled(name, script.name));
          }
          const value = asked.read(reply);
          return value === undefined ? corrupt() : Effect.succeed(value);
        },
      });
    });

  return {
    name,
    beat: (request) =>
      ask({
        script: beatScript,
        service: request.service,
        keys: ({ instants, declared, jobs, node }) => [
          instants,
          declared,
          jobs,
          ...(members.hasKeys ? [node + encode(request.incarnation)] : []),
        ],
        args: () => requests.beat(request, retentionMs),
        read: (reply) => replies.beat(reply, request),
      }),
    claim: (request) =>
      ask({
        script: claimScript,
        service: request.service,
        keys: ({ jobs, instants }) => [jobs, instants],
        args: () => requests.claim(request, retentionMs),
        read: (reply) => replies.claim(reply, request),
      }),
    complete: (request) =>
      ask({
        script: complete,
        service: request.service,
        keys: ({ jobs }) => [jobs],
        args: () => requests.complete(request),
        read: (reply) => replies.complete(reply, request),
      }),
    peek: (request) =>
      ask({
        script: peek,
        service: request.service,
        keys: ({ jobs }) => [jobs],
        args: () => [whole(request.history ? 1 : 0), ...request.jobs.map(encode)],
        read: (reply) => replies.peek(reply, request),
      }),
    control: (request) =>
      ask({
        script: controlScript,
        service: request.service,
        keys: ({ jobs, instants, declared }) => [jobs, instants, declared],
        args: () => requests.control(request, retentionMs),
        read: replies.control,
      }),
  };
};
