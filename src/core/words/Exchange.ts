/**
 * What the engine asks of a store, and what a store answers: texts under keys, members, instants. Plain data, no word of jobs.
 */

/**
 * A text in which `@least+plus@` stands for max(now, least) + plus by the store's clock, whole milliseconds, neither of them
 * negative. All texts that are given to a store are printable ASCII, and no stored text holds an `@`.
 */
export type Template = string;

/** What begins the key of a row that lasts: it never expires, and is in no page of `keys`. */
export const lasting = "_";

/**
 * What begins the key of a row that may stand on a shelf: it lasts, and is listed in order. Such keys go on with letters, digits and
 * `._-%:`, so that every store orders them alike.
 */
export const shelved = "_:";

/** What is under a key. */
export interface Found {
  /** The text, as it was put. */
  readonly text: string;
  /**
   * What `expect` compares: the text itself, a hash of it, or what the store gives every write and never repeats. Never a
   * counter in a store that may lose writes: a loss would give one number to two texts.
   */
  readonly version: string;
}

/** One key of a change: compared, and put if all of the change may be. */
export interface Row {
  /** Any string; the engine's own are made of letters, digits and `._-%:`. */
  readonly key: string;
  /** The version that must be there; undefined: nothing must be there. */
  readonly expect: string | undefined;
  /** The text to put; null removes what is there; undefined leaves it, so that the row is only proved to be as it was. */
  readonly put: Template | null | undefined;
}

/** Tells what is under keys. */
export interface Look {
  /** Tells items apart. */
  readonly _tag: "Look";
  /** The keys. */
  readonly keys: ReadonlyArray<string>;
}

/** Rows that change together, or not at all: if each is as expected, the clock is in the window and the members are as said. */
export interface Change {
  /** Tells items apart. */
  readonly _tag: "Change";
  /** At least one. The first is what the change is about. */
  readonly rows: ReadonlyArray<Row>;
  /** The store's clock must not be before this instant, epoch milliseconds; 0 for any. */
  readonly notBefore: number;
  /** The store's clock must not be after this instant, epoch milliseconds; `Number.MAX_SAFE_INTEGER` for any. */
  readonly notAfter: number;
  /** Whether these incarnations must be members or must not, judged by leases and amnesty in the same step. */
  readonly members: ReadonlyArray<readonly [incarnation: string, isMember: boolean]>;
  /** Since when the first row waits for somebody, for the list of overdue keys; undefined: it does not; `same`: as before. A
   * row that is removed does not wait. */
  readonly waitsSince: number | undefined | "same";
  /** Lines for the bounded history, written if the change is. */
  readonly lines: ReadonlyArray<Template>;
  /**
   * Optional: the shelf that the first row stands on, whose key begins with `shelved`; letters, digits and `._-%:`. Since when it waits
   * is kept in the index of that shelf instead of the list of overdue keys. Such a row is changed under its shelf only, if it is
   * changed at all. Stores without `shelved` of the port are given none.
   */
  readonly shelf?: string | undefined;
  /** Optional: the other shelf that the first row stood on before; it stands there no longer, once the change is made. */
  readonly unshelve?: string | undefined;
}

/**
 * Tells which rows of a shelf are due: as it was before the changes of its exchange, or after them. Only of stores that keep shelves.
 */
export interface Due {
  /** Tells items apart. */
  readonly _tag: "Due";
  /** The shelf. */
  readonly shelf: string;
  /** Rows that wait since a later instant than this, epoch milliseconds; -1 for any. */
  readonly after: number;
  /** And since this one or an earlier one, epoch milliseconds; it may lie ahead of the clock. */
  readonly until: number;
  /** At most so many of them, from 0 to 4,000. */
  readonly limit: number;
}

/** The group of a shelf: its key up to the last colon, and that. */
export const groupOf = (shelf: string): string => shelf.slice(0, shelf.lastIndexOf(":") + 1);

/** How long what is kept of a group is told, by the store's clock. Milliseconds. */
export const quietMs = 3_600_000;

/** One item of an exchange. */
export type ExchangeItem = Look | Change | Due;

/** Looks and changes, each on its own. */
export interface ExchangeRequest {
  /** Tells requests apart. */
  readonly _tag: "Exchange";
  /** The service whose rows they are. */
  readonly service: string;
  /** A key that one item puts or removes is named by no other. As many items and bytes as `limits` allow. */
  readonly items: ReadonlyArray<ExchangeItem>;
  /** The version of the members grows in the same step, if any change was made. */
  readonly touch: boolean;
  /**
   * Optional: who sends, and for how long its promise is to hold from now. Renews only a member that is there and whose
   * promise has not ended, never shortens it, and never joins, drops or grants amnesty.
   */
  readonly renew?: { readonly incarnation: string; readonly forMs: number } | undefined;
  /**
   * Optional, in a request without changes: groups of shelves, by their keys up to the last colon and with that, about each shelf of
   * which it asks, from the beginning (`after` is -1) until one instant. A store may keep for a while since when the first row of such a
   * group waits, and tell that of each of its shelves instead of looking at them: nothing is due, and `next` is that instant, which is
   * after `until`. A change that lets a row wait on a shelf since an earlier one changes what is kept in the same step. A store that
   * keeps nothing leaves it, and looks.
   */
  readonly groups?: ReadonlyArray<string> | undefined;
  /**
   * Optional: a text for those who listen at the service's channel, printable ASCII, if any change put or removed something. A
   * store without a channel leaves it, and whoever could not be told hears nothing: the exchange is answered as ever.
   */
  readonly hint?: string | undefined;
}

/** What became of one item. */
export type Exchanged =
  /** The change was made; the versions of its rows now, undefined where nothing is. */
  | { readonly _tag: "Changed"; readonly versions: ReadonlyArray<string | undefined> }
  /** A look, or a change that was not made: what is there, in the order of the keys, and who of its `members` is one. */
  | {
    readonly _tag: "Found";
    readonly found: ReadonlyArray<Found | undefined>;
    readonly members: ReadonlyArray<boolean>;
  }
  /** What was asked about a shelf. */
  | {
    readonly _tag: "Due";
    /** The keys of rows that are due and since when they wait, the earliest first; of one instant in the order of their keys. */
    readonly due: ReadonlyArray<readonly [key: string, since: number]>;
    /** The earliest instant later than `after` of a row that is not among them; undefined if there is none. */
    readonly next: number | undefined;
  };

/** The answer to an exchange. */
export interface ExchangeReply {
  /** Tells answers apart. */
  readonly _tag: "Exchange";
  /** The one instant of all windows, members and templates: the store's clock, whole epoch milliseconds. */
  readonly storeTime: number;
  /** In the order of the items. */
  readonly results: ReadonlyArray<Exchanged>;
}

/** What a member tells of itself. */
export interface StoredMember {
  /** What it says of itself; the store compares it and knows nothing of what it means. */
  readonly row: string;
  /** Hash of what it declares. */
  readonly digest: string;
  /** The longest its promise may ever be, milliseconds. The same in all beats of a member. */
  readonly longestMs: number;
  /** When it joined, if it knows: who was dropped and comes back has joined then. Undefined: now, unless it is a member. */
  readonly since: number | undefined;
}

/** Renews the promise of a member, or ends it, and tells who is there. */
export interface StoreBeat {
  /** Tells requests apart. */
  readonly _tag: "StoreBeat";
  /** The service whose fleet it is. */
  readonly service: string;
  /** Who beats. Empty: nobody does, it is a look at who is there, which writes nothing and drops nobody. */
  readonly incarnation: string;
  /** What it says of itself; undefined removes it. */
  readonly member: StoredMember | undefined;
  /** What is behind its digest; undefined while the store is known to have it. */
  readonly declared: string | undefined;
  /** Its promise lasts until max(what was promised before, now + this). Milliseconds. */
  readonly renewMs: number;
  /** If its own promise was over, nobody is dropped for this long. Milliseconds. */
  readonly amnestyMs: number;
  /**
   * It drops nobody later than this, epoch milliseconds of the store: then it was long on its way, or the clock has leapt.
   * Default: it may at any time.
   */
  readonly notAfter?: number | undefined;
  /** Members and declarations come back only if the version is another. */
  readonly knownVersion: number;
  /** Digests behind which it knows what is declared. */
  readonly knownDigests: ReadonlyArray<string>;
  /** How long a key must have waited to be listed. Milliseconds. */
  readonly overdueMs: number;
}

/** A member as the store has it. */
export interface MemberFound extends StoredMember {
  /** Who it is. */
  readonly incarnation: string;
  /** When it joined by the store's clock, epoch milliseconds: kept as long as it is a member. */
  readonly since: number;
  /** When its promise ends, epoch milliseconds. */
  readonly endsAt: number;
}

/** The answer to a beat. */
export interface StoreBeatReply {
  /** Tells answers apart. */
  readonly _tag: "StoreBeat";
  /** The store's clock, held at the last beat's if it is less than a second behind it. */
  readonly storeTime: number;
  /** The store's clock as it is. */
  readonly rawTime: number;
  /** Grows when a member joins, leaves, is dropped, changes its row or digest, or when an exchange touches it. */
  readonly version: number;
  /** Whether it was no member before. */
  readonly joined: boolean;
  /** Whether what is behind its digest is missing. */
  readonly wantsDeclared: boolean;
  /** Sorted by incarnation; undefined if the known version is the present one. */
  readonly members: ReadonlyArray<MemberFound> | undefined;
  /** What is behind the digests of members that are not known to the sender; empty without members. */
  readonly declared: ReadonlyMap<string, string>;
  /** Keys that have waited for longer than asked for, the latest first, at most 200; none of rows on shelves. */
  readonly overdue: ReadonlyArray<string>;
}

/** All that an engine asks of a store. */
export type StoreRequest =
  | ExchangeRequest
  | StoreBeat
  | { readonly _tag: "History"; readonly service: string }
  /** A page of the keys; see `Store`. */
  | { readonly _tag: "Keys"; readonly service: string; readonly cursor: string | undefined }
  /** A page of the rows that stand on shelves; see `Store`. */
  | ({ readonly _tag: "Shelved"; readonly service: string } & ShelvedPage)
  | { readonly _tag: "Destroy"; readonly service: string };

/** All that a store answers. */
export type StoreReply =
  | ExchangeReply
  | StoreBeatReply
  | { readonly _tag: "History"; readonly lines: ReadonlyArray<string> }
  | { readonly _tag: "Keys"; readonly keys: ReadonlyArray<string>; readonly cursor: string | undefined }
  | ({ readonly _tag: "Shelved" } & ShelvedKeys)
  | { readonly _tag: "Destroy" };

/** Which part of the rows on shelves is asked for. */
export interface ShelvedPage {
  /** What their keys begin with: `shelved`, and any more of a key. */
  readonly prefix: string;
  /** The key that the page before ended with; undefined: from the first. */
  readonly after: string | undefined;
  /** At most so many, from 1 to 1,000. */
  readonly limit: number;
}

/** A page of the rows on shelves. */
export interface ShelvedKeys {
  /** In the order of their characters. */
  readonly keys: ReadonlyArray<string>;
  /** Where the next page begins; undefined after the last. */
  readonly after: string | undefined;
}

/** How much one exchange may carry. */
export interface Limits {
  /** Rows of all items. */
  readonly rows: number;
  /** Characters of all texts. */
  readonly bytes: number;
}
