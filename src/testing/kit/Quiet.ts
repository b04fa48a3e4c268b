/**
 * Waiting until all that was set in motion has come to rest, in real time: before that no virtual time may pass.
 */

interface Port {
  onmessage: (() => void) | null;
  postMessage: (message: unknown) => void;
  close: () => void;
}

/** What this module was loaded with: whoever mocks the timers of a test does not stop a fleet. */
const host = globalThis as unknown as {
  readonly setTimeout: (act: () => void, ms: number) => unknown;
  readonly setImmediate?: (act: () => void) => unknown;
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
};
const { MessageChannel: Channel, setImmediate: immediate, setTimeout: timeout } = host;

const byMessage = (act: () => void): void => {
  if (Channel === undefined) return void timeout(act, 0);
  const { port1, port2 } = new Channel();
  port1.onmessage = () => {
    port1.close();
    act();
  };
  port2.postMessage(undefined);
};

/** One turn of the host: all that is ready has run. */
const turn = (): Promise<void> =>
  new Promise((resolve) => immediate === undefined ? byMessage(resolve) : immediate(resolve));

const millisecond = (): Promise<void> => new Promise((resolve) => void timeout(resolve, 1));

/** The handlers that are under way, and how long somebody waits for them. */
export class Quiet {
  readonly #moves: () => number;
  readonly #planned: () => number;
  readonly #patienceMs: number;
  #running: number = 0;
  #sleeping: number = 0;
  /** Those that were waited for in vain: they are not waited for again. */
  #unattended: number = 0;
  #changes: number = 0;

  /** `moves` grows with whatever happens in the fleet, `planned` with what is planned for later. */
  constructor(moves: () => number, planned: () => number, patienceMs: number) {
    this.#moves = moves;
    this.#planned = planned;
    this.#patienceMs = patienceMs;
  }

  /** A handler has begun; what is returned is called once, when it is over. */
  began(): () => void {
    this.#running += 1;
    this.#changes += 1;
    return () => {
      this.#running -= 1;
      this.#changes += 1;
      this.#unattended = Math.min(this.#unattended, this.#running);
    };
  }

  /** A handler waits for virtual time, until what is returned is called. */
  sleeps(): () => void {
    this.#sleeping += 1;
    return () => {
      this.#sleeping -= 1;
      this.#changes += 1;
    };
  }

  /** Grows with whatever happens, and with handlers that begin, sleep, wake or end. */
  get moves(): number {
    return this.#moves() + this.#changes;
  }

  get #attended(): number {
    return this.#running - this.#sleeping - this.#unattended;
  }

  /** Resolves when nothing moves any more but handlers that wait for virtual time, and those that last too long. */
  async rest(): Promise<void> {
    let waitedMs = 0;
    let moves = NaN;
    for (;;) {
      await turn();
      await turn();
      const now = this.moves + this.#planned();
      if (now !== moves) {
        [moves, waitedMs] = [now, 0];
        continue;
      }
      if (this.#attended <= 0) return;
      if (waitedMs >= this.#patienceMs) {
        this.#unattended = this.#running - this.#sleeping;
        return;
      }
      await millisecond();
      waitedMs += 1;
    }
  }
}
