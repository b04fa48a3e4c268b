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

/** Where values stand, or what tells more of them apart. A value is its own leaf: it tells its key. */
class Branch<V> {
  readonly edit: Edit;
  bitmap: number;
  readonly slots: Array<Trie<V>>;

  constructor(edit: Edit, bitmap: number, slots: Array<Trie<V>>) {
    this.edit = edit;
    this.bitmap = bitmap;
    this.slots = slots;
  }
}

/** Values whose keys have one hash: two at least. */
class Twins<V> {
  readonly values: ReadonlyArray<V>;

  constructor(values: ReadonlyArray<V>) {
    this.values = values;
  }
}

type Trie<V> = Branch<V> | Twins<V> | V;

/** What a value is called. */
type KeyOf<V> = (value: V) => string;

const bitsOf = (bitmap: number): number => {
  let bits = bitmap - ((bitmap >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

const bitAt = (hash: number, shift: number): number => 1 << ((hash >>> shift) & 31);
const slotOf = (bitmap: number, bit: number): number => bitsOf(bitmap & (bit - 1));

/** A branch that this series of changes may write. */
const owned = <V>(branch: Branch<V>, edit: Edit): Branch<V> =>
  branch.edit === edit ? branch : new Branch(edit, branch.bitmap, branch.slots.slice());

/** Two leaves of different hashes, from the level on at which they part. */
const split = <V>(one: Trie<V>, hash: number, other: V, otherHash: number, shift: number, edit: Edit): Branch<V> => {
  const [bit, otherBit] = [bitAt(hash, shift), bitAt(otherHash, shift)];
  if (bit === otherBit) return new Branch(edit, bit, [split(one, hash, other, otherHash, shift + 5, edit)]);
  return new Branch(edit, bit | otherBit, (bit >>> 0) < (otherBit >>> 0) ? [one, other] : [other, one]);
};

/** A value beside or instead of what is there. */
const meet = <V>(node: Twins<V> | V, value: V, hash: number, shift: number, edit: Edit, keyOf: KeyOf<V>): Trie<V> => {
  const key = keyOf(value);
  const values = node instanceof Twins ? node.values : [node];
  if (values.length === 1 && keyOf(values[0] as V) === key) return value;
  const there = hashOf(keyOf(values[0] as V));
  if (there !== hash) return split<V>(node, there, value, hash, shift, edit);
  return new Twins([...values.filter((it) => keyOf(it) !== key), value]);
};

const put = <V>(node: Trie<V>, value: V, hash: number, shift: number, edit: Edit, keyOf: KeyOf<V>): Trie<V> => {
  if (!(node instanceof Branch)) return meet(node, value, hash, shift, edit, keyOf);
  const bit = bitAt(hash, shift);
  const slot = slotOf(node.bitmap, bit);
  const branch = owned(node, edit);
  if ((node.bitmap & bit) === 0) {
    branch.bitmap |= bit;
    branch.slots.splice(slot, 0, value);
  } else branch.slots[slot] = put(branch.slots[slot] as Trie<V>, value, hash, shift + 5, edit, keyOf);
  return branch;
};

/** What is left without a key that is there; undefined if that is nothing. */
const take = <V>(
  node: Trie<V>,
  key: string,
  hash: number,
  shift: number,
  edit: Edit,
  keyOf: KeyOf<V>,
): Trie<V> | undefined => {
  if (node instanceof Twins) {
    const left = node.values.filter((it: V) => keyOf(it) !== key);
    return left.length === 1 ? left[0] : new Twins(left);
  }
  if (!(node instanceof Branch)) return undefined;
  const bit = bitAt(hash, shift);
  const slot = slotOf(node.bitmap, bit);
  const branch = owned(node, edit);
  const rest = take(branch.slots[slot] as Trie<V>, key, hash, shift + 5, edit, keyOf);
  if (rest === undefined) {
    branch.bitmap &= ~bit;
    branch.slots.splice(slot, 1);
  } else branch.slots[slot] = rest;
  return branch.slots.length === 0 ? undefined : branch;
};

/** Goes through the values, first to last, without a generator inside of a generator, which takes several times as long. */
function* valuesIn<V>(root: Trie<V> | undefined): Generator<V, undefined, unknown> {
  const ahead: Array<Trie<V>> = root === undefined ? [] : [root];
  while (ahead.length > 0) {
    const node = ahead.pop() as Trie<V>;
    if (node instanceof Branch) {
      for (let at = node.slots.length - 1; at >= 0; at--) ahead.push(node.slots[at] as Trie<V>);
    } else if (node instanceof Twins) yield* node.values;
    else yield node;
  }
}

const each = <V>(node: Trie<V>, act: (value: V) => void): void => {
  if (node instanceof Branch) { for (const slot of node.slots) each(slot, act); }
  else if (node instanceof Twins) node.values.forEach(act);
  else act(node);
};

/** A version. The order of its keys is the same wherever the keys are the same, and means nothing. */
export class PersistentMap<V> implements ReadonlyMap<string, V> {
  private root: Trie<V> | undefined;
  private count: number;
  private readonly edit: Edit | undefined;
  private readonly keyOf: KeyOf<V>;

  private constructor(root: Trie<V> | undefined, count: number, edit: Edit | undefined, keyOf: KeyOf<V>) {
    this.root = root;
    this.count = count;
    this.edit = edit;
    this.keyOf = keyOf;
  }

  /** The version without keys. A value tells its own, always the same, so that nothing has to stand beside it. */
  static by<V extends object | string>(keyOf: KeyOf<V>): PersistentMap<V> {
    return new PersistentMap<V>(undefined, 0, undefined, keyOf);
  }

  /** How many keys it has. */
  get size(): number {
    return this.count;
  }

  /** The value of a key. */
  get(key: string): V | undefined {
    return this.find(key, hashOf(key));
  }

  /** Whether it has a key. */
  has(key: string): boolean {
    return this.find(key, hashOf(key)) !== undefined;
  }

  /** The version that has a value under its key. */
  set(value: V, edit: Edit): PersistentMap<V> {
    const key = this.keyOf(value);
    const hash = hashOf(key);
    const count = this.count + (this.find(key, hash) === undefined ? 1 : 0);
    return this.become(this.root === undefined ? value : put(this.root, value, hash, 0, edit, this.keyOf), count, edit);
  }

  /** The version without a key. */
  delete(key: string, edit: Edit): PersistentMap<V> {
    const hash = hashOf(key);
    if (this.root === undefined || this.find(key, hash) === undefined) return this;
    return this.become(take(this.root, key, hash, 0, edit, this.keyOf), this.count - 1, edit);
  }

  /** Calls back for each. */
  forEach(act: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    if (this.root !== undefined) each(this.root, (value) => act(value, this.keyOf(value), this));
  }

  /** Its keys. */
  *keys(): Generator<string, undefined, unknown> {
    for (const value of valuesIn(this.root)) yield this.keyOf(value);
  }

  /** Its values. */
  *values(): Generator<V, undefined, unknown> {
    yield* valuesIn(this.root);
  }

  /** Keys with their values. */
  *entries(): Generator<[string, V], undefined, unknown> {
    for (const value of valuesIn(this.root)) yield [this.keyOf(value), value];
  }

  /** Keys with their values. */
  [Symbol.iterator](): Generator<[string, V], undefined, unknown> {
    return this.entries();
  }

  /** This version, where it was made in the same series of changes, or the next one. */
  private become(root: Trie<V> | undefined, count: number, edit: Edit): PersistentMap<V> {
    if (this.edit !== edit) return new PersistentMap(root, count, edit, this.keyOf);
    this.root = root;
    this.count = count;
    return this;
  }

  private find(key: string, hash: number): V | undefined {
    let node = this.root;
    for (let shift = 0; node instanceof Branch; shift += 5) {
      const bit = bitAt(hash, shift);
      node = (node.bitmap & bit) === 0 ? undefined : node.slots[slotOf(node.bitmap, bit)];
    }
    if (node instanceof Twins) return node.values.find((it: V) => this.keyOf(it) === key);
    return node !== undefined && this.keyOf(node) === key ? node : undefined;
  }
}
