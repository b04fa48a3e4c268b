/**
 * With Effect: a job whose handler needs a service of the program, and layers that are released in order. When the scope closes the
 * node leaves, and only then does what its handlers use.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Cron, Job } from "ringcron";
import * as Memory from "ringcron/memory";

interface Mailer {
  readonly send: (text: string) => Effect.Effect<void>;
}
const Mailer: Context.Service<Mailer, Mailer> = Context.Service("example/Mailer");
const mailer = Layer.effect(
  Mailer,
  Effect.acquireRelease(
    Effect.succeed<Mailer>({ send: (text) => Effect.sync(() => console.log("mail:", text)) }),
    () => Effect.sync(() => console.log("mailer closed")),
  ),
);

const program = Effect.gen(function* () {
  const cron = yield* Cron.Cron;
  const remind = Job.make(
    "remind",
    "* * * * * *",
    (run) => Effect.flatMap(Mailer, (it) => it.send(`due ${new Date(run.dueAt).toISOString()}`)),
  );
  yield* cron.add(remind);
  yield* cron.start;
  yield* Effect.sleep("2500 millis");
});

const scheduler = Cron.layer({ service: "reminders" }).pipe(Layer.provide(Memory.layer()), Layer.provideMerge(mailer));
await Effect.runPromise(Effect.provide(program, scheduler));
