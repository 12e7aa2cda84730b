/// The style of a report's plots.
enum PlotStyle {
  static let all = """
    .plots { display: grid; gap: 1rem;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); }
    .plots.three { grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
    .plot { background: var(--card); border: 1px solid var(--edge); border-radius: 10px;
      padding: .8rem 1rem .7rem; min-width: 0; }
    .plot.wide { grid-column: 1 / -1; }
    .plot figcaption { display: flex; justify-content: space-between; align-items: baseline;
      gap: 1rem; }
    .plot h3 { overflow-wrap: anywhere; }
    .at { color: var(--quiet); font-size: .83rem; font-variant-numeric: tabular-nums;
      text-align: right; }
    .legend { list-style: none; margin: .2rem 0 0; padding: 0; display: flex; flex-wrap: wrap;
      gap: .05rem 1.2rem; font-size: .87rem; min-height: 1.5em; }
    .legend li { display: flex; align-items: center; gap: .45rem; min-width: 0; }
    .legend i { flex: none; width: 1.05rem; height: 0; border-top: 3px solid var(--color); }
    .legend .dashed i { border-top-style: dashed; }
    .legend .name { color: var(--quiet); overflow-wrap: anywhere; }
    .legend b { font-weight: 600; font-variant-numeric: tabular-nums; }
    .area { height: 200px; padding: 10px 16px 26px 46px; margin-top: .3rem; touch-action: pan-y;
      cursor: crosshair; }
    .wide .area { height: 280px; }
    .area svg { display: block; width: 100%; height: 100%; overflow: visible;
      pointer-events: none; }
    .axes text { font-size: 11.5px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
    .axes .value { text-anchor: end; } .axes .step { text-anchor: middle; }
    .grid { stroke: var(--grid); stroke-width: 1; shape-rendering: crispEdges; }
    .start { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 3 3; }
    .curves path { vector-effect: non-scaling-stroke; fill: none; stroke: var(--color);
      stroke-linejoin: round; stroke-linecap: round; }
    .curves .line { stroke-width: 1.6; } .curves .thick { stroke-width: 2.2; }
    .curves .thin { stroke-width: 1; opacity: .38; }
    .curves .fill { stroke: none; fill: var(--color); opacity: .28; }
    .curves .dashed { stroke-dasharray: 6 5; stroke-linecap: butt; }
    .curves .lost { stroke: var(--alert); stroke-width: 2; }
    .dot { fill: var(--color); stroke: var(--card); stroke-width: 1.5; }
    .mark line { stroke: var(--text); stroke-width: 1; opacity: .55; }
    .mark circle { fill: var(--color); stroke: var(--card); stroke-width: 2; }
    .notes { margin: -.4rem 0 .8rem; color: var(--quiet); font-size: .87rem; }
    .note { margin: .1rem 0 0; color: var(--quiet); font-size: .8rem; }

    """
}
