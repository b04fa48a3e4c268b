/**
 * Runs `examples/deno-cron.ts` in Deno with a `Deno.cron` that does not wait for the minute to be over: it calls twice, a second and a
 * half apart.
 *
 * @module
 */

declare const Deno: { cron: unknown };

Deno.cron = async (name: string, schedule: string, handler: () => Promise<void>): Promise<void> => {
  console.log(`${name} at ${schedule}`);
  await handler();
  await new Promise((go) => setTimeout(go, 1_500));
  await handler();
};

await import("../../examples/deno-cron.ts");
