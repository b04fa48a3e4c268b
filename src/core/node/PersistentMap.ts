/**
 * A map whose versions share what they have in common: a change copies the few nodes on its way, however many keys there
 * are, and leaves every version before it as it was.
 *
 * A trie over the hash of the key, five bits a level. Whoever makes many changes in a row hands in a token of its own: what
 * that token has copied already is written in place.
 */
import { hashOf } from "../words/hash.ts";

/** Whose copies may be written: an object for each series of changes, handed to nobody else. */
export type Edit = object;

interface Leaf<V> {
  readonly key: string;
  readonly hash: number;
  readonly value: V;
  /** Another key with the same hash. */
  readonly other: Leaf<V> | undefined;
}

interface Branch<V> {
  readonly edit: Edit;
  readonly bitmap: number;
  readonly slots: ReadonlyArray<Branch<V> | Leaf<V>>;
}

type Trie<V> = Branch<V> | Leaf<V>;

const isBranch = <V>(node: Trie<V>): node is Branch<V> => "slots" in node;

const bitsOf = (bitmap: number): number => {
  let bits = bitmap - ((bitmap >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

const bitAt = (hash: number, shift: number): number => 1 << ((hash >>> shift) & 31);
const slotOf = (bitmap: number, bit: number): number => bitsOf(bitmap & (bit - 1));

const find = <V>(leaf: Leaf<V> | undefined, key: string): Leaf<V> | undefined => {
  for (let at = leaf; at !== undefined; at = at.other) if (at.key === key) return at;
  return undefined;
};

const withoutKey = <V>(leaf: Leaf<V> | undefined, key: string): Leaf<V> | undefined => {
  if (leaf === undefined || leaf.key === key) return leaf?.other;
  return { ...leaf, other: withoutKey(leaf.other, key) };
};

/** A branch that this series of changes may write. */
const owned = <V>(branch: Branch<V>, edit: Edit): { bitmap: number; slots: Array<Trie<V>> } & Branch<V> =>
  (branch.edit === edit ? branch : { edit, bitmap: branch.bitmap, slots: branch.slots.slice() }) as
    & { bitmap: number; slots: Array<Trie<V>> }
    & Branch<V>;

/** Two leaves of different hashes, from the level on at which they part. */
const split = <V>(one: Leaf<V>, other: Leaf<V>, shift: number, edit: Edit): Branch<V> => {
  const [bit, otherBit] = [bitAt(one.hash, shift), bitAt(other.hash, shift)];
  if (bit === otherBit) return { edit, bitmap: bit, slots: [split(one, other, shift + 5, edit)] };
  return { edit, bitmap: bit | otherBit, slots: (bit >>> 0) < (otherBit >>> 0) ? [one, other] : [other, one] };
};

const put = <V>(node: Trie<V>, leaf: Leaf<V>, shift: number, edit: Edit): Trie<V> => {
  if (!isBranch(node)) {
    if (node.hash !== leaf.hash) return split(node, leaf, shift, edit);
    return node.other === undefined && node.key === leaf.key ? leaf : { ...leaf, other: withoutKey(node, leaf.key) };
  }
  const bit = bitAt(leaf.hash, shift);
  const slot = slotOf(node.bitmap, bit);
  const branch = owned(node, edit);
  if ((node.bitmap & bit) === 0) {
    branch.bitmap |= bit;
    branch.slots.splice(slot, 0, leaf);
  } else branch.slots[slot] = put(branch.slots[slot] as Trie<V>, leaf, shift + 5, edit);
  return branch;
};

/** What is left without a key that is there; undefined if that is nothing. */
const take = <V>(node: Trie<V>, key: string, hash: number, shift: number, edit: Edit): Trie<V> | undefined => {
  if (!isBranch(node)) return withoutKey(node, key);
  const bit = bitAt(hash, shift);
  const slot = slotOf(node.bitmap, bit);
  const branch = owned(node, edit);
  const rest = take(branch.slots[slot] as Trie<V>, key, hash, shift + 5, edit);
  if (rest === undefined) {
    branch.bitmap &= ~bit;
    branch.slots.splice(slot, 1);
  } else branch.slots[slot] = rest;
  return branch.slots.length === 0 ? undefined : branch;
};

/** Goes through the leaves, first to last, without a generator inside of a generator, which takes several times as long. */
function* leaves<V>(root: Trie<V> | undefined): Generator<Leaf<V>, undefined, unknown> {
  const ahead: Array<Trie<V>> = root === undefined ? [] : [root];
  for (let node = ahead.pop(); node !== undefined; node = ahead.pop()) {
    if (isBranch(node)) { for (let at = node.slots.length - 1; at >= 0; at--) ahead.push(node.slots[at] as Trie<V>); }
    else for (let at: Leaf<V> | undefined = node; at !== undefined; at = at.other) yield at;
  }
}

const each = <V>(node: Trie<V>, act: (leaf: Leaf<V>) => void): void => {
  if (isBranch(node)) { for (const slot of node.slots) each(slot, act); }
  else for (let at: Leaf<V> | undefined = node; at !== undefined; at = at.other) act(at);
};

/** A version. The order of its keys is the same wherever the keys are the same, and means nothing. */
export class PersistentMap<V> implements ReadonlyMap<string, V> {
  private root: Trie<V> | undefined;
  private count: number;
  private readonly edit: Edit | undefined;

  private constructor(root: Trie<V> | undefined, count: number, edit: Edit | undefined) {
    this.root = root;
    this.count = count;
    this.edit = edit;
  }

  /** The version without keys. */
  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(undefined, 0, undefined);
  }

  /** How many keys it has. */
  get size(): number {
    return this.count;
  }

  /** The value of a key. */
  get(key: string): V | undefined {
    return this.leaf(key, hashOf(key))?.value;
  }

  /** Whether it has a key. */
  has(key: string): boolean {
    return this.leaf(key, hashOf(key)) !== undefined;
  }

  /** The version in which a key has a value. */
  set(key: string, value: V, edit: Edit): PersistentMap<V> {
    const hash = hashOf(key);
    const leaf: Leaf<V> = { key, hash, value, other: undefined };
    const count = this.count + (this.leaf(key, hash) === undefined ? 1 : 0);
    return this.become(this.root === undefined ? leaf : put(this.root, leaf, 0, edit), count, edit);
  }

  /** The version without a key. */
  delete(key: string, edit: Edit): PersistentMap<V> {
    const hash = hashOf(key);
    if (this.root === undefined || this.leaf(key, hash) === undefined) return this;
    return this.become(take(this.root, key, hash, 0, edit), this.count - 1, edit);
  }

  /** Calls back for each. */
  forEach(act: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    if (this.root !== undefined) each(this.root, ({ key, value }) => act(value, key, this));
  }

  /** Its keys. */
  *keys(): Generator<string, undefined, unknown> {
    for (const { key } of leaves(this.root)) yield key;
  }

  /** Its values. */
  *values(): Generator<V, undefined, unknown> {
    for (const { value } of leaves(this.root)) yield value;
  }

  /** Keys with their values. */
  *entries(): Generator<[string, V], undefined, unknown> {
    for (const { key, value } of leaves(this.root)) yield [key, value];
  }

  /** Keys with their values. */
  [Symbol.iterator](): Generator<[string, V], undefined, unknown> {
    return this.entries();
  }

  /** This version, where it was made in the same series of changes, or the next one. */
  private become(root: Trie<V> | undefined, count: number, edit: Edit): PersistentMap<V> {
    if (this.edit !== edit) return new PersistentMap(root, count, edit);
    this.root = root;
    this.count = count;
    return this;
  }

  private leaf(key: string, hash: number): Leaf<V> | undefined {
    let node = this.root;
    for (let shift = 0; node !== undefined && isBranch(node); shift += 5) {
      const bit = bitAt(hash, shift);
      node = (node.bitmap & bit) === 0 ? undefined : node.slots[slotOf(node.bitmap, bit)];
    }
    return find(node, key);
  }
}
