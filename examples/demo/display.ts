/**
 * Two ways to show the play: a picture that is redrawn on a terminal, lines in order elsewhere.
 *
 * @module
 */
import process from "node:process";
import type { Board, Entry } from "./board.ts";
import { frameOf, type Scene } from "./frame.ts";
import { createPaint, type Paint, wantsColour } from "./paint.ts";
import { announcement, introduction, lineOf, type Playbill } from "./words.ts";

/** Where the play is shown. */
export interface Display {
  readonly paint: Paint;
  /** For texts below the picture. */
  readonly width: number;
  readonly open: (board: Board) => void;
  readonly tell: (entry: Entry) => void;
  readonly markUp: (at: number) => void;
  /** Gives the terminal back. May be called twice, and from a handler of `exit`. */
  readonly close: (options?: { readonly keepPicture: boolean }) => void;
}

const out = process.stdout;

/** Lines in order, for pipes, files and logs. */
const createLines = (bill: Playbill): Display => {
  const paint = createPaint(wantsColour(out));
  const width = 110;
  return {
    paint,
    width,
    open() {
      const lines = [...introduction(bill), announcement(bill), "", `${bill.opening} …`];
      out.write(`${lines.join("\n")}\n`);
    },
    tell: (entry) => void out.write(`${lineOf(entry, paint)}\n`),
    markUp: () => {},
    close: () => {},
  };
};

const sequences = {
  // The alternate screen: resizing cannot tear the picture, and what was there before comes back.
  enter: "\x1b[?1049h\x1b[?25l\x1b[2J",
  leave: "\x1b[?25h\x1b[?1049l",
  // A terminal that knows these shows a frame all at once; others ignore them.
  begin: "\x1b[?2026h",
  end: "\x1b[?2026l",
};

/** A picture that is redrawn. Only lines that changed are written, so nothing flickers. */
const createPicture = (bill: Playbill): Display => {
  const paint = createPaint(wantsColour(out));
  let board: Board | undefined;
  let upAt: number | undefined;
  let shown: ReadonlyArray<string> = [];
  let timer: NodeJS.Timeout | undefined;

  const scene = (board: Board, rows = out.rows): Scene => ({
    bill,
    board,
    paint,
    now: Date.now(),
    upAt,
    columns: out.columns,
    rows,
  });
  const draw = (): void => {
    if (board === undefined || timer === undefined) return;
    const lines = frameOf(scene(board));
    let changes = "";
    for (let row = 0; row < Math.max(lines.length, shown.length); row += 1) {
      if (lines[row] !== shown[row]) changes += `\x1b[${row + 1};1H${lines[row] ?? ""}\x1b[0m\x1b[K`;
    }
    shown = lines;
    if (changes !== "") out.write(sequences.begin + changes + sequences.end);
  };
  const redraw = (): void => {
    shown = [];
    out.write("\x1b[2J");
    draw();
  };
  return {
    paint,
    get width() {
      return Math.min(out.columns, 110) - 1;
    },
    open(it) {
      board = it;
      out.write(sequences.enter);
      out.on("resize", redraw);
      timer = setInterval(draw, 100);
      draw();
    },
    tell: draw,
    markUp: (at) => void (upAt = at),
    close({ keepPicture } = { keepPicture: false }) {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      out.off("resize", redraw);
      // Without a limit of rows, so that everything that was told can be read afterwards.
      const last = keepPicture && board !== undefined ? `${frameOf(scene(board, Infinity)).join("\n")}\n\n` : "";
      out.write(sequences.leave + last);
    },
  };
};

/** The display that suits the output: a picture needs a terminal with room for it. */
export const createDisplay = (bill: Playbill): Display =>
  out.isTTY && process.env.TERM !== "dumb" && !process.env.CI && out.columns >= 72 && out.rows >= 20
    ? createPicture(bill)
    : createLines(bill);
