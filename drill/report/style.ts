// The report's style: quiet, light or dark as the reader's system, readable at 380 px and on paper.

/** Of charts, too. */
export const colours = `:root{color-scheme:light dark;--paper:#fff;--ink:#1d2329;--quiet:#66707a;--line:#dfe3e7;--wash:#f5f6f8;
--first:#2f6fb3;--second:#c2762b;--third:#6a51a3;--fourth:#3d8f7c;--bad:#c0392b;--good:#4c9a6a;
--fault:#c0392b55;--holder:#2f6fb3;--isolated:#2f6fb344;--lease:#c2762b66;--weight:#4c9a6a88}
@media (prefers-color-scheme:dark){:root{--paper:#14181c;--ink:#e4e8ec;--quiet:#95a0aa;--line:#2b3238;--wash:#1b2025;
--first:#6ea8e6;--second:#e0a060;--third:#ab95dd;--fourth:#6fc2ad;--bad:#ec7063;--good:#6fbf8d;
--fault:#ec706355;--holder:#6ea8e6;--isolated:#6ea8e644;--lease:#e0a06066;--weight:#6fbf8d88}}`;

export const style = `
${colours}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:1040px;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.1rem;font-weight:600;margin:0}h2{font-size:1rem;font-weight:600;margin:2.5rem 0 .5rem}
h3{font-size:.85rem;font-weight:600;color:var(--quiet);margin:1.5rem 0 .25rem}
p{margin:.25rem 0;max-width:70ch}.quiet{color:var(--quiet)}
.headline{display:flex;flex-wrap:wrap;gap:1rem 3rem;align-items:baseline;margin:1.5rem 0;padding:1.25rem 0;border-block:1px solid var(--line)}
.number{font-size:2.75rem;font-weight:300;line-height:1.1;letter-spacing:-.02em}
.headline+.headline{margin-top:-1.5rem;border-top:0}.subject,.verdict{font-weight:600}.held{color:var(--good)}.broken{color:var(--bad)}
table{border-collapse:collapse;font-size:.875rem}th{font-weight:500;color:var(--quiet);text-align:right}
th,td{padding:.2rem .9rem .2rem 0;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child,td.text{text-align:left}td.text{white-space:normal}
.wide{overflow-x:auto;margin:.9rem 0}.facts td:last-child{text-align:left;white-space:normal;overflow-wrap:anywhere}.runs td:last-child{text-align:left;white-space:normal;min-width:14em}
figure{margin:.25rem 0 1rem}figure svg{display:block;width:100%;height:auto;color:var(--ink);font-size:11px}
.steps{list-style:none;padding:0;margin:.5rem 0}.steps>li{padding:.35rem 0;border-bottom:1px solid var(--line)}
.steps ul{list-style:none;padding:0 0 0 1.25rem;margin:0;font-size:.875rem;color:var(--quiet)}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1rem;font-size:.8rem;color:var(--quiet)}
.key i{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.35em}
details{margin:.5rem 0}summary{cursor:pointer}pre{font:12px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--wash);padding:.75rem;margin:.5rem 0}
.log{max-height:26rem;overflow:auto;font:12px/1.6 ui-monospace,monospace;background:var(--wash);padding:.5rem .75rem}
.log div{display:grid;grid-template-columns:6.5em 3em 1fr;gap:.75em;cursor:pointer;overflow-wrap:anywhere}.log .warn,.log .error{color:var(--bad)}
.log .near{background:color-mix(in srgb,var(--first) 22%,transparent)}
.live{display:none}.is-live .live{display:block}.is-live .still{display:none}
.live canvas{display:block}.readout{min-height:1.5em;font-size:.8rem;color:var(--quiet);position:sticky;top:0;background:var(--paper);padding:.2rem 0;z-index:2}
.u-select{background:color-mix(in srgb,var(--first) 18%,transparent)!important}
@media (max-width:600px){body{padding:1rem .9rem 3rem}.number{font-size:2.1rem}.log div{grid-template-columns:5em 2.5em 1fr;gap:.4em}figure svg{min-width:560px}figure{overflow-x:auto}}
@media print{:root{color-scheme:light}th,td{white-space:normal;padding-right:.6rem}body{max-width:none;padding:0;font-size:10pt}.is-live .still{display:block}.live,.is-live .live,.readout{display:none!important}
.log{max-height:none;background:none;padding:0;font-size:7.5pt}figure,tr,li{break-inside:avoid}h2,h3{break-after:avoid}pre{font-size:7.5pt}}
@page{margin:14mm}
`;
