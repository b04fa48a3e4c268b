/**
 * How the pieces of the pages look.
 */

/** Rules for what `pages` and `draw` make. */
export const pieces: string = `
.hero{display:flex;gap:2.25rem;align-items:flex-start}
.ring{width:13rem;height:13rem;flex:none}
.ring circle{fill:none;stroke-width:11}.ring .rail{stroke:var(--rail)}
.ring .arc{transition:stroke-dasharray .4s}.ring .faint{stroke-width:4}
.ring text{fill:var(--ink)}.ring .big{font-size:26px;font-weight:650;letter-spacing:-.03em}.ring .small{fill:var(--dim);font-size:10px}
.verdict{font-size:1.0625rem;margin-bottom:.75rem}
.members{list-style:none;margin:0;padding:0}
.member{display:grid;grid-template-columns:auto minmax(0,1.1fr) minmax(0,1.2fr) 5rem;gap:.25rem 1rem;align-items:center;padding:.6rem 0;border-top:1px solid var(--line)}
.member>button{justify-self:end}
.dot{width:.65rem;height:.65rem;border-radius:50%}
.who .dim,.share>span{display:block;font-size:.8125rem}.who .chip{margin-left:.35rem}
.bar{display:block;width:100%;height:.3rem;border-radius:1rem}.bar .rail{fill:var(--rail)}.share>span{margin-top:.25rem}.share .dim{display:inline}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin-bottom:1.25rem}
.tile{display:block;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.8rem 1rem;color:var(--dim);font-size:.8125rem;box-shadow:var(--shade)}
a.tile:hover{border-color:var(--dim);text-decoration:none}
.tile b{display:block;font-size:1.5rem;line-height:1.2;font-weight:620;letter-spacing:-.02em;color:var(--ink)}
.t-running b{color:var(--run)}.t-failed b{color:var(--bad)}.t-succeeded b{color:var(--good)}.t-paused b,.t-waiting b{color:var(--warn)}
.hours{display:block;width:100%;height:6.5rem}
.hours .ahead{fill:var(--soft);opacity:.55}.hours .now{stroke:var(--accent);stroke-width:1.5;vector-effect:non-scaling-stroke}
.hit{fill:transparent}g:hover>.hit{fill:var(--ink);opacity:.06}
.axis{display:flex;justify-content:space-between;color:var(--dim);font-size:.75rem;margin-top:.35rem}
.chip{display:inline-block;font:500 .75rem/1.5 ui-sans-serif,system-ui,sans-serif;padding:.05rem .5rem;border-radius:1rem;background:var(--soft);color:var(--dim);white-space:nowrap;letter-spacing:0;vertical-align:.1em}
h1 .chip{font-size:.8125rem;vertical-align:.3em}
.c-open,.c-succeeded{background:var(--good-soft);color:var(--good)}
.c-failed,.c-timed-out,.c-lost,.c-orphaned,.c-late,.c-unreadable{background:var(--bad-soft);color:var(--bad)}
.c-paused,.c-waiting,.c-cancelled,.c-abandoned,.c-over,.c-undeclared{background:var(--warn-soft);color:var(--warn)}
.c-running,.c-queued,.c-new{background:var(--run-soft);color:var(--run)}
.c-running::before{content:"";display:inline-block;width:.4rem;height:.4rem;border-radius:50%;background:var(--run-mark);margin-right:.35rem;vertical-align:.1em}
.scroll{overflow-x:auto}.scroll:focus-visible{outline-offset:-2px}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{text-align:left;padding:.55rem 1rem;border-top:1px solid var(--line);vertical-align:middle;font-weight:400}
th:first-child,td:first-child{padding-left:1.25rem}th:last-child,td:last-child{padding-right:1.25rem}
thead th{color:var(--dim);font-size:.75rem;font-weight:500;white-space:nowrap;border-top:0;padding-top:.7rem;padding-bottom:.4rem}
h2+.scroll thead th,.row+.scroll thead th{padding-top:0}
tbody tr:hover{background:color-mix(in srgb,var(--soft) 45%,transparent)}
td>.name,th>.name{display:inline-block;min-width:8.5rem;max-width:24rem}
td.num{white-space:nowrap}td.words{min-width:13rem}td.dim:not(:empty){min-width:9rem}td.end{text-align:right}
.spark{display:block;max-width:100%}.two .spark{width:100%;height:auto}
.facts{display:flex;flex-wrap:wrap;gap:.6rem 2.25rem;margin:1.1rem 0 0;padding-top:1rem;border-top:1px solid var(--line)}
.facts dt{color:var(--dim);font-size:.75rem}.facts dd{margin:0}
.coming{list-style:none;margin:0;padding:0}.coming li{padding:.3rem 0;border-top:1px solid var(--line);display:flex;justify-content:space-between}.coming li:first-child{border-top:0}
.crumbs{margin-bottom:.35rem;font-size:.875rem}
button,input,select,textarea{font:inherit;font-size:.875rem;color:inherit;border-radius:8px;border:1px solid var(--edge,var(--line));background:var(--card);padding:.42rem .8rem;min-height:2.25rem}
input,select,textarea{--edge:var(--dim)}textarea{width:100%;font-family:ui-monospace,Menlo,Consolas,monospace}
button{cursor:pointer;font-weight:550;white-space:nowrap}
button:hover{background:var(--soft)}button:disabled{opacity:.55;cursor:default}
a.button{display:inline-flex;align-items:center;font-size:.875rem;font-weight:550;color:inherit;border-radius:8px;border:1px solid var(--line);background:var(--card);padding:.42rem .8rem;min-height:2.25rem;white-space:nowrap}a.button:hover{background:var(--soft);text-decoration:none}
button.main{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}button.main:hover{filter:brightness(1.08)}
button.grave{color:var(--bad)}
td button{min-height:1.9rem;padding:.2rem .6rem}
.pager{margin:-.25rem 0 1rem}
dialog{border:1px solid var(--line);border-radius:16px;background:var(--card);color:var(--ink);padding:1.5rem;width:min(28rem,calc(100vw - 2rem));box-shadow:0 16px 48px rgb(0 0 0/.25)}
dialog::backdrop{background:var(--veil)}
dialog h2{font-size:1.125rem;overflow-wrap:anywhere}
dialog label,dialog fieldset{display:block;margin:0 0 1rem;font-size:.8125rem;color:var(--dim)}
dialog fieldset{border:0;padding:0}.choice{color:var(--ink)!important;margin:.35rem 0;font-size:.875rem}
.choice input{min-height:0;margin-right:.35rem}
dialog input:not([type=radio]),dialog textarea{display:block;width:100%;margin-top:.3rem;color:var(--ink)}
.put{max-width:44rem;margin-top:1.1rem}.put label{display:block;margin:0 0 1rem;font-size:.875rem;font-weight:550}
.put input:not([type=checkbox]),.put textarea,.put select{display:block;width:100%;margin-top:.3rem;font-weight:400}.put .choice{font-weight:400}
.put small{display:block;color:var(--dim);font-weight:400;font-size:.8125rem;margin-top:.25rem}.put summary{cursor:pointer;margin-bottom:1rem;font-size:.875rem}
.payload{margin:0;max-height:22rem;overflow:auto}
[hidden]{display:none!important}
.wrong{color:var(--bad);font-size:.875rem}.wrong:empty{display:none}
#toast{position:fixed;left:50%;bottom:1.5rem;transform:translateX(-50%);background:var(--ink);color:var(--paper);padding:.6rem 1.1rem;border-radius:10px;max-width:calc(100vw - 2rem);z-index:8}
#toast:empty{display:none}
#tip{position:fixed;z-index:9;pointer-events:none;background:var(--ink);color:var(--paper);padding:.3rem .6rem;border-radius:7px;font-size:.8125rem;max-width:20rem}
.tracks{list-style:none;margin:0;padding:0 1.25rem .6rem}
.track{display:grid;grid-template-columns:13rem minmax(0,1fr);gap:1rem;align-items:center;padding:.3rem 0;border-top:1px solid var(--line)}
.track .name{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.track svg{display:block;width:100%;height:1.75rem;overflow:visible}
.track .past{fill:var(--soft);opacity:.5}.track .now{stroke:var(--accent);stroke-width:1.5}
.track .line{stroke:var(--line)}.track .mark:hover{stroke:var(--ink);stroke-width:1.5}
.late-mark{fill:none;stroke:var(--bad-mark);stroke-width:2}.track .band{opacity:.75}
.hollow{fill:var(--card);stroke:var(--due-edge,var(--dim));stroke-width:1.25}
.track .on{stroke:var(--ink);stroke-width:2}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;color:var(--dim);font-size:.8125rem}
.legend svg{width:.7rem;height:.7rem;margin-right:.35rem;vertical-align:-.05em}`;
