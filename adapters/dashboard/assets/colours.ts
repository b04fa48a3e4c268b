/**
 * The colours, by day and by night. Texts keep a contrast of 4.5 to 1 against what they stand on; marks are fuller.
 */

const day = `--paper:#f6f5f1;--card:#fffefc;--soft:#efede6;--ink:#1c2024;--dim:#5f646c;--line:#e3e0d8;--rail:#ebe8e0;
--accent:#0b655f;--on-accent:#fff;--good:#1b6e43;--bad:#b02a22;--warn:#855400;--run:#2456b8;
--good-mark:#4aa876;--bad-mark:#d8574c;--warn-mark:#d99a2b;--run-mark:#4d84ea;--skip-mark:#b9b3a5;--due-mark:#cfd8d6;
--good-soft:#e4f2ea;--bad-soft:#fbe6e3;--warn-soft:#faeed5;--run-soft:#e5edfc;
--shade:0 1px 2px rgb(40 35 20/.05);--veil:rgb(30 28 22/.45);
--h0:#4778b8;--h1:#3a9d8c;--h2:#c98632;--h3:#8d6cc0;--h4:#c4607a;--h5:#6f9440;--h6:#5a8797;--h7:#a57a55`;

const night = `--paper:#111315;--card:#181b1e;--soft:#23272b;--ink:#e8e7e3;--dim:#9ea4ac;--line:#2a2f34;--rail:#262b30;
--accent:#74cfc3;--on-accent:#0b1f1d;--good:#70cf9b;--bad:#ff958b;--warn:#e9bb60;--run:#93b9ff;
--good-mark:#4fae7c;--bad-mark:#e4695e;--warn-mark:#d6a445;--run-mark:#6a9df5;--skip-mark:#6b6f74;--due-mark:#3c4a4c;
--good-soft:#173024;--bad-soft:#3b1d1b;--warn-soft:#352912;--run-soft:#1b2a47;
--shade:none;--veil:rgb(0 0 0/.6);
--h0:#6f9fdd;--h1:#5cbfae;--h2:#dca257;--h3:#ac90da;--h4:#dd839a;--h5:#94b866;--h6:#80acbb;--h7:#c49b78`;

/** The variables, and what of a drawing has which. */
export const colours: string = `:root{color-scheme:light dark;${day}}
@media (prefers-color-scheme:dark){:root{${night}}}
${
  [0, 1, 2, 3, 4, 5, 6, 7].map((at) =>
    `.arc.h${at}{stroke:var(--h${at})}.dot.h${at}{background:var(--h${at})}.fill.h${at}{fill:var(--h${at})}`
  ).join("")
}
.o-succeeded{fill:var(--good-mark)}.o-failed,.o-timed-out,.o-lost{fill:var(--bad-mark)}.o-cancelled,.o-abandoned{fill:var(--warn-mark)}
.o-skipped{fill:var(--skip-mark)}.o-due{fill:var(--due-mark)}.o-running{fill:var(--run-mark)}`;
