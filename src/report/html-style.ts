import { type Html, html } from './html-text.ts';

/** The page's style. Colours have one name each and two values: light, and dark where the reader's system is. Printed, light. */
export const STYLE: Html = html`<style>
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1c2530; --muted: #5d6b7a; --line: #dde3ea; --grid: #e8ecf1;
  --good: #1a7f4b; --good-soft: #d5efe0; --bad: #c62f2f; --bad-soft: #fbdedd; --doubt: #9a6400; --doubt-soft: #fdeccb;
  --accent: #2b62c4; --baseline: #dfe6f1; --upgrade: #cfdcf7; --settle: #dcebe4; --step: #2b62c4;
  --pending: #b9c4d2; --ready: #48ab78; --terminating: #e3a63b; --down: #c62f2f; --p50: #2b62c4; --max: #97a6bb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12171d; --card: #1a2129; --text: #e4e9ef; --muted: #9aa7b5; --line: #313b47; --grid: #27303a;
    --good: #5fc993; --good-soft: #17392a; --bad: #ff7b74; --bad-soft: #4a2022; --doubt: #efb453; --doubt-soft: #42320f;
    --accent: #82adff; --baseline: #28323f; --upgrade: #23375f; --settle: #1f3a30; --step: #4a7ad6;
    --pending: #566473; --ready: #3d9167; --terminating: #bf8527; --down: #ff6a62; --p50: #82adff; --max: #66758a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 32px 0 10px; }
h3 { font-size: 15px; margin: 18px 0 6px; overflow-wrap: anywhere; }
.muted, .note { color: var(--muted); } p.doubt { color: var(--doubt); }
.note { margin: 6px 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 16px 18px; }
.head { display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: center; border-left: 8px solid var(--muted); }
.head.pass { border-left-color: var(--good); } .head.fail, .head.error { border-left-color: var(--bad); }
.head.inconclusive, .head.interrupted { border-left-color: var(--doubt); }
.head p { margin: 2px 0 0; flex-basis: 100%; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 1px 10px; border-radius: 99px; font-weight: 600; font-size: 13px; white-space: nowrap; background: var(--grid); }
.head .badge { font-size: 18px; padding: 3px 16px; text-transform: uppercase; letter-spacing: .04em; }
.badge.pass, .badge.ok { background: var(--good-soft); color: var(--good); }
.badge.fail, .badge.error, .badge.failed { background: var(--bad-soft); color: var(--bad); }
.badge.inconclusive, .badge.interrupted, .badge.skipped { background: var(--doubt-soft); color: var(--doubt); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(185px, 1fr)); gap: 12px; margin: 14px 0 0; }
.tile { padding: 10px 14px; } .tile b { display: block; white-space: nowrap; font-size: 22px; line-height: 1.3; }
.tile.bad b { color: var(--bad); } .tile.doubt b { color: var(--doubt); }
.scroll { overflow-x: auto; padding: 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 12px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
th { color: var(--muted); font-weight: 600; font-size: 13px; white-space: nowrap; }
td { overflow-wrap: break-word; } td.word, td.prose, td.formula { overflow-wrap: anywhere; } td.word { min-width: 14ch; } td.formula { min-width: 36ch; } td.prose, td.seen { min-width: 22ch; }
.r { text-align: right; white-space: nowrap; }
.nowrap { white-space: nowrap; }
td.bad { color: var(--bad); font-weight: 600; } td.doubt { color: var(--doubt); font-weight: 600; }
code, .mono { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 13px; }
ul.plain { list-style: none; margin: 0; padding: 0; }
.timeline { padding: 14px 12px 8px; overflow-x: auto; }
.timeline svg { display: block; width: 100%; min-width: 860px; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; color: var(--muted); font-size: 13px; }
.legend span::before { content: ""; display: inline-block; width: 14px; height: 10px; border-radius: 2px; margin-right: 6px; background: var(--c); }
.legend .hatched::before { background: repeating-linear-gradient(45deg, var(--doubt) 0 2px, transparent 2px 5px); }
svg text { font: 12px system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; fill: var(--text); }
svg .small { font-size: 11px; fill: var(--muted); } svg .strong { font-weight: 600; }
svg .onstep { fill: #ffffff; }
svg .grid { stroke: var(--grid); } svg .axis { stroke: var(--line); } svg .edge { stroke: var(--muted); stroke-dasharray: 3 3; opacity: .6; }
svg .baseline { fill: var(--baseline); } svg .upgrade { fill: var(--upgrade); } svg .settle { fill: var(--settle); }
svg .step { fill: var(--step); } svg .step.failed { fill: var(--bad); } svg .step.failed + text { fill: var(--card); }
svg .pending { fill: var(--pending); } svg .ready { fill: var(--ready); } svg .terminating { fill: var(--terminating); } svg .down { fill: var(--down); }
svg .watched { fill: var(--good-soft); } svg .outage { fill: var(--bad); } svg .outage.shared { fill: var(--terminating); }
svg .hatch { stroke: var(--doubt); stroke-width: 2.5; } svg .blindback { fill: var(--doubt-soft); }
svg .p50 { fill: none; stroke: var(--p50); stroke-width: 1.6; } svg .max { fill: none; stroke: var(--max); stroke-width: 1.1; }
footer { margin-top: 28px; color: var(--muted); font-size: 13px; }
@media screen and (max-width: 640px) {
  main { padding: 12px 10px 32px; } h1 { font-size: 21px; } .tiles { grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 8px; }
  .tile b { font-size: 17px; white-space: normal; } th, td { padding: 6px 8px; }
  .stacked thead { display: none; } .stacked tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); } .stacked tr:last-child { border-bottom: 0; }
  .stacked td { display: block; border: 0; padding: 2px 12px; } .stacked td.formula, .stacked td.seen, .stacked td.prose, .stacked td.word { min-width: 0; }
}
@media print {
  :root { --page: #fff; --card: #fff; --text: #111; --muted: #444; --line: #bbb; --grid: #ddd; --good: #14683c; --good-soft: #d5efe0;
    --bad: #b02525; --bad-soft: #fbdedd; --doubt: #805300; --doubt-soft: #fdeccb; --accent: #2b62c4; --baseline: #dfe6f1; --upgrade: #cfdcf7;
    --settle: #dcebe4; --step: #2b62c4; --pending: #b9c4d2; --ready: #48ab78; --terminating: #e3a63b; --down: #b02525; --p50: #2b62c4; --max: #97a6bb; }
  body { font-size: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; } .card { break-inside: avoid; } .scroll { overflow: visible; break-inside: auto; } tr { break-inside: avoid; }
  th, td { padding: 4px 7px; } th { font-size: 10px; white-space: normal; } code, td .mono, .badge { font-size: 10px; } .head .badge { font-size: 14px; }
  .tile b { font-size: 16px; } td.word, td.prose, td.formula, td.seen { min-width: 0; } td.seen { overflow-wrap: anywhere; } .timeline svg { min-width: 0; }
}
</style>`;
