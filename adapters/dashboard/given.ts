/**
 * What comes with an action, and what of it several actions read.
 */
import type { Client } from "../../src/shell/promiseClient.ts";

/** What came with the request. */
export type Given = Readonly<Record<string, unknown>>;

/** Carries an action out, and says what became of it. What is wrong with the parts is for the client to say. */
export type Act = (client: Client, given: Given, by: string) => Promise<string>;

/** Who does it, and why. */
export const noted = ({ reason }: Given, by: string): { readonly by: string; readonly reason?: string } =>
  reason === undefined || reason === "" ? { by } : { by, reason: reason as string };

/** Who lets go on, and what becomes of fires of the pause. */
export const resuming = (
  { missed }: Given,
  by: string,
): { readonly by: string; readonly missed?: "skip" | "catch-up" } =>
  missed === undefined ? { by } : { by, missed: missed as "skip" | "catch-up" };
