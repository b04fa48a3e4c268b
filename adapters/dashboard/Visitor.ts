/**
 * Who looks at the dashboard, and what that person may do.
 */
import { InvalidInput } from "../../src/core/words/InvalidInput.ts";
import * as Names from "../../src/core/words/Names.ts";

/** What a visitor may do: `viewer` looks, `operator` pauses, starts and cancels, too. */
export type Role = "viewer" | "operator";

/** Somebody who may look. */
export interface Visitor {
  /** What this person may do. */
  readonly role: Role;
  /** Who it is, 1 to 100 characters: shown on the page, and kept with what is done. */
  readonly name: string;
}

/**
 * Says who sends a request. Nobody (`undefined`, `null`, `false`) is answered 401 and sees nothing; a `Response` is sent as it is, such
 * as one that leads to a login. It gets the request itself, the body of which it leaves unread.
 */
export type Authorize = (
  request: Request,
) => Visitor | Response | undefined | null | false | Promise<Visitor | Response | undefined | null | false>;

/** What `authorize` has said, checked: an operator by accident is worse than an error. Throws `InvalidInput`. */
export const judged = (said: Visitor | Response | undefined | null | false): Visitor | Response | undefined => {
  if (said === undefined || said === null || said === false) return undefined;
  if (said instanceof Response) return said;
  const { name, role } = said;
  if (role !== "viewer" && role !== "operator") {
    throw new InvalidInput("authorize", typeof said === "object" ? role : typeof said, 'a role "viewer" or "operator"');
  }
  const checked = Names.remark("name", name, 100);
  if (checked._tag === "Failure") throw checked.failure;
  return { name, role };
};
