/**
 * How it looks. No page has a style of its own, so that none need be allowed.
 */
import { colours } from "./colours.ts";
import { pieces } from "./pieces.ts";

/** The style sheet. */
export const style: string = `${colours}
*{box-sizing:border-box}
html{font:16px/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Inter,Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--paper);color:var(--ink);font-size:.9375rem;accent-color:var(--accent)}
.wide{width:100%;max-width:72rem;margin:0 auto;padding:0 1.25rem}
main.wide{flex:1;padding-top:1.75rem;padding-bottom:3rem;outline:none}
h1{font-size:1.75rem;line-height:1.2;font-weight:650;letter-spacing:-.02em;margin:0;text-wrap:balance}
h1 .dim{font-size:1rem;font-weight:450;letter-spacing:0;margin-left:.4rem}
h2{font-size:1rem;font-weight:620;letter-spacing:-.005em;margin:0 0 .75rem}
h2 .dim{font-weight:450}
p{margin:0 0 .6rem;text-wrap:pretty}
p:last-child{margin-bottom:0}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline;text-underline-offset:.2em}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
code,pre,.name{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.4rem 0 0}
.name{overflow-wrap:anywhere;unicode-bidi:isolate}
.num,time,td{font-variant-numeric:tabular-nums}
.dim,.rel{color:var(--dim)}
.rel{white-space:nowrap}
em{font-style:normal;font-weight:620}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:1rem;top:-4rem;background:var(--card);padding:.6rem 1rem;border-radius:0 0 8px 8px;z-index:9}
.skip:focus{top:0}
.row{display:flex;gap:.6rem 1rem;align-items:center;flex-wrap:wrap}
.row>h2{margin:0}
.head{justify-content:space-between;margin-bottom:1.25rem}
.card .row:first-child{justify-content:space-between;margin-bottom:.75rem}
section.row.card{justify-content:space-between}
section.row.card>.row{margin:0}
section.row.card>p{margin:0;color:var(--dim)}
.end{justify-content:flex-end;text-align:right}
.grow{flex:1;min-width:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem;margin:0 0 1.25rem;box-shadow:var(--shade)}
.flush{padding:0;overflow:hidden}
.flush>h2,.flush>.row{padding:1.1rem 1.25rem .8rem;margin:0}
.flush>.row>h2{padding:0}
.card.flush>.row:first-child{margin:0}
.pad{padding:.75rem 1.25rem}
.two{display:grid;grid-template-columns:3fr 2fr;gap:1.25rem}
.note{background:var(--soft);padding-top:.7rem;padding-bottom:.7rem;border-radius:10px;margin-top:1rem}
.empty{color:var(--dim);padding:1.5rem 1.25rem;text-align:center}
.empty b{color:var(--ink);font-weight:600}
.empty p{margin:0 auto .25rem;max-width:34rem}
.card:not(.flush)>.empty,.grow>.empty{padding:.75rem 0}
.top{background:var(--card);border-bottom:1px solid var(--line);position:sticky;top:0;z-index:5}
.top>div{display:flex;align-items:center;gap:1.5rem;min-height:3.5rem}
.home{display:flex;align-items:center;gap:.55rem;color:var(--ink);font-weight:650;letter-spacing:-.01em}
.home:hover{text-decoration:none}
.brand{width:1.6rem;height:1.6rem;fill:none;stroke:var(--accent);stroke-width:2;stroke-linecap:round}
.brand .dot{fill:var(--accent);stroke:var(--card);stroke-width:1.5}
.top nav{display:flex;gap:.25rem;flex:1;overflow-x:auto;scrollbar-width:none}
.top nav a{color:var(--dim);padding:.4rem .7rem;border-radius:8px;white-space:nowrap;font-weight:500}
.top nav a:hover{color:var(--ink);background:var(--soft);text-decoration:none}
.top nav a[aria-current]{color:var(--ink);background:var(--soft)}
.status{display:flex;align-items:center;gap:.9rem;color:var(--dim);font-size:.8125rem;white-space:nowrap}
.live::before{content:"";display:inline-block;width:.5rem;height:.5rem;border-radius:50%;margin-right:.4rem;background:var(--good-mark)}
.live.off::before{background:var(--bad-mark)}.live.off{color:var(--bad)}
.live.still::before{background:var(--dim)}
footer.wide{max-width:69.5rem;width:calc(100% - 2.5rem);padding-left:0;padding-right:0}footer{border-top:1px solid var(--line);color:var(--dim);font-size:.8125rem;display:flex;flex-wrap:wrap;gap:.25rem 2rem;justify-content:space-between;padding-top:1.1rem!important;padding-bottom:1.6rem!important}
footer p{margin:0}footer a{text-decoration:underline;text-underline-offset:.2em}
${pieces}
@media (max-width:46rem){
.top>div{flex-wrap:wrap;gap:0 1rem;padding-top:.5rem}.top nav{order:3;flex-basis:100%;padding:.35rem 0 .5rem;margin:0 -.5rem}.status{margin-left:auto}
.two{grid-template-columns:1fr;gap:0}.wide{padding-left:.9rem;padding-right:.9rem}main.wide{padding-top:1.1rem}
.hero{flex-direction:column;gap:1rem!important}.hero>.ring{align-self:center;width:10rem;height:10rem}
.member{grid-template-columns:auto 1fr auto!important}.member .share{grid-column:2/-1;grid-row:2}.member>button{grid-column:3;grid-row:1}
.head form{width:100%}.head input,.head select{flex:1 1 8rem;min-width:0}h1{font-size:1.45rem}
.track{grid-template-columns:1fr!important;gap:.15rem!important;padding-top:.5rem!important}
}
@media (prefers-reduced-motion:no-preference){.o-running,.c-running::before{animation:breathe 2s ease-in-out infinite}@keyframes breathe{50%{opacity:.45}}dialog[open]{animation:rise .16s ease-out}@keyframes rise{from{opacity:0;transform:translateY(6px)}}}
@media (forced-colors:active){.chip,.tile,.card,button{border:1px solid}}
@media print{.top,footer,button,.pager{display:none!important}}
`;
