/// The style of a report: one for screens of any width, light and dark, and for paper.
enum ReportStyle {
  static let all = palette + page + TableStyle.all + PlotStyle.all + narrow + paper

  /// Okabe and Ito's palette for colour-blind readers, each colour as dark or as light as a contrast of
  /// 4 to 1 with its ground needs.
  private static let palette = """
    :root {
      color-scheme: light dark;
      --ground: #f5f6f8; --card: #ffffff; --edge: #dde1e6; --grid: #e6e9ed;
      --text: #1b2026; --quiet: #56616d; --link: #00639c; --accent: #0072b2; --alert: #b3261e;
      --good: #0a6b4b; --warn: #7d5200; --tint: 9%;
      --c0: #0072b2; --c1: #c85400; --c2: #008f68; --c3: #a8558a;
      --c4: #a87400; --c5: #2e86bd; --c6: #6b6200; --c7: #4a4f55;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --ground: #0f1317; --card: #171c21; --edge: #2b333b; --grid: #272f37;
        --text: #e6eaee; --quiet: #9ba7b3; --link: #6cb8ec; --accent: #4da6e0; --alert: #ff8a80;
        --good: #4fd0a5; --warn: #f0b94b; --tint: 16%;
        --c0: #4da6e0; --c1: #f0803c; --c2: #22b98d; --c3: #de96c0;
        --c4: #e8a91c; --c5: #8ccbf2; --c6: #f0e442; --c7: #b8c0c8;
      }
    }
    .c0 { --color: var(--c0); } .c1 { --color: var(--c1); }
    .c2 { --color: var(--c2); } .c3 { --color: var(--c3); }
    .c4 { --color: var(--c4); } .c5 { --color: var(--c5); }
    .c6 { --color: var(--c6); } .c7 { --color: var(--c7); }

    """

  private static let page = """
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
    body {
      margin: 0; background: var(--ground); color: var(--text);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    }
    main { max-width: 1180px; margin: 0 auto; padding: 1.75rem 1.25rem 3rem; }
    h1 { font-size: 1.65rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere;
      font-weight: 650; letter-spacing: -.01em; }
    h2 { font-size: 1.15rem; margin: 2.5rem 0 .8rem; font-weight: 650; }
    h3 { font-size: .95rem; margin: 0; font-weight: 600; }
    small { color: var(--quiet); font-size: .85em; font-weight: 400; }
    a { color: var(--link); text-underline-offset: .15em; }
    code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono",
      monospace; font-size: .86em; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden;
      clip-path: inset(50%); white-space: nowrap; }
    .name { display: flex; flex-wrap: wrap; gap: .4rem .9rem; align-items: center; }
    .about { display: flex; flex-wrap: wrap; gap: .1rem 1.4rem; margin: .5rem 0 1.1rem; }
    .about b { font-weight: 550; overflow-wrap: anywhere; }
    .badge { --color: var(--quiet); display: inline-block; padding: .12rem .65rem;
      border-radius: 99px; font-size: .85rem; font-weight: 600; color: var(--color);
      background: color-mix(in srgb, var(--color) var(--tint), transparent);
      white-space: nowrap; }
    .name .badge { white-space: normal; }
    .badge.running { --color: var(--link); } .badge.finished { --color: var(--good); }
    .badge.stopped { --color: var(--warn); } .badge.failed { --color: var(--alert); }
    .progress { height: 8px; border-radius: 4px; background: var(--edge); overflow: hidden; }
    .progress div { height: 100%; background: var(--accent); min-width: 4px; }
    .facts { display: flex; flex-wrap: wrap; gap: 0 1.4rem; margin: .5rem 0 0;
      color: var(--quiet); font-variant-numeric: tabular-nums; }
    .facts span:first-child { color: var(--text); font-weight: 550; }
    .alert { margin: 1rem 0 0; padding: .6rem .9rem; border-radius: 8px;
      border-left: 4px solid var(--alert);
      background: color-mix(in srgb, var(--alert) var(--tint), transparent); }
    nav { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 1.1rem 0 0;
      padding-bottom: .7rem; border-bottom: 1px solid var(--edge); font-size: .92rem; }
    nav a { text-decoration: none; padding: .15rem 0; } nav a:hover { text-decoration: underline; }
    .numbers { display: grid; gap: .7rem; margin: 1.2rem 0 0;
      grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); }
    .numbers > div { background: var(--card); border: 1px solid var(--edge); border-radius: 10px;
      padding: .6rem .85rem .65rem; }
    .numbers dt { color: var(--quiet); font-size: .83rem; }
    .numbers dd { margin: 0; font-size: 1.2rem; font-weight: 600; line-height: 1.3;
      font-variant-numeric: tabular-nums; white-space: nowrap; }
    .numbers dd.aside { font-size: .8rem; font-weight: 400; color: var(--quiet); white-space: normal; }
    .empty { margin: 2rem 0; color: var(--quiet); }
    .process { background: var(--card); border: 1px solid var(--edge); border-radius: 10px;
      padding: .85rem 1rem; margin-bottom: .8rem; }
    .process p { margin: .25rem 0 .6rem; color: var(--quiet); }
    pre { margin: 0; overflow-x: auto; padding: .7rem .85rem; border-radius: 8px;
      background: var(--ground); line-height: 1.55; }
    pre code { user-select: all; }
    .facts-grid { display: grid; gap: .8rem 2.5rem; margin-top: 1.4rem;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); }
    .facts-list { margin: .4rem 0 0; }
    .facts-list div { display: flex; justify-content: space-between; gap: 1.2rem;
      padding: .22rem 0; border-bottom: 1px solid var(--edge); }
    .facts-list dt { color: var(--quiet); white-space: nowrap; }
    .facts-list dd { margin: 0; text-align: right; overflow-wrap: anywhere;
      font-variant-numeric: tabular-nums; }
    .pictures { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
    figure { margin: 0; }
    .picture figcaption, .video figcaption { color: var(--quiet); font-size: .88rem;
      margin-bottom: .35rem; }
    .picture img { display: block; max-height: 200px; width: auto; border-radius: 6px; }
    .episodes { display: flex; flex-wrap: wrap-reverse; gap: 1rem 2.5rem; margin-top: 1.2rem;
      align-items: start; }
    .episodes .scroll { flex: 100 1 36rem; min-width: 0; }
    .video { flex: 1 1 18rem; max-width: 26rem; margin-top: .6rem; }
    .video figcaption { margin: .35rem 0 0; }
    video { display: block; width: 100%; aspect-ratio: 4 / 3; border-radius: 10px;
      background: #000; }
    footer { margin-top: 3rem; color: var(--quiet); font-size: .85rem; overflow-wrap: anywhere; }
    #connection { position: fixed; inset: auto 0 0; padding: .55rem 1rem; text-align: center;
      background: var(--alert); color: var(--card); font-weight: 600; z-index: 9; }

    """

  /// For phones.
  private static let narrow = """
    @media (max-width: 36rem) {
      main { padding: 1.1rem .8rem 2rem; }
      h1 { font-size: 1.35rem; }
      h2 { margin-top: 2rem; }
      .plot { padding: .7rem .7rem .6rem; }
      .wide .area { height: 220px; }
      .area { padding-left: 42px; padding-right: 12px; }
      .numbers { grid-template-columns: 1fr 1fr; gap: .5rem; }
      .numbers dd { white-space: normal; }
      .settings, .settings tbody { display: block; }
      .settings thead { display: none; }
      .settings tr { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem;
        padding: .4rem 0; border-bottom: 1px solid var(--edge); }
      .settings tr > * { border: 0; padding: 0; width: auto !important; }
      .settings td:nth-child(2) { grid-area: 2 / 1 / 3 / 3; }
      .settings tbody th { color: var(--quiet); }
    }

    """

  /// Light, without what only a screen can do.
  private static let paper = """
    @media print {
      @page { margin: 14mm; }
      body { font-size: 10pt; background: none; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      main { max-width: none; padding: 0; }
      nav, .filter, .video, #connection { display: none !important; }
      h2 { margin-top: 1.4rem; }
      h2, h3, figcaption { break-after: avoid; }
      .plot, .process, .picture, .numbers, tr, .facts-list { break-inside: avoid; }
      .plots { grid-template-columns: 1fr 1fr; gap: .6rem; }
      .plots.three { grid-template-columns: 1fr 1fr 1fr; }
      .plot { padding: .5rem .6rem .4rem; }
      .area { height: 150px; } .three .area { height: 110px; } .wide .area { height: 190px; }
      .scroll { overflow: visible; }
      .episodes { display: block; }
      /* A header that is repeated may end a page alone. */
      thead { display: table-row-group; }
      thead, thead tr, tbody tr:first-child { break-after: avoid; }
      :focus-visible { outline: none; }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; background: none;
        border: 1px solid var(--edge); }
      a { color: inherit; text-decoration: none; }
      details:not([open]) { display: none; }
    }

    """
}
