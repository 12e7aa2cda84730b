/// The style of a report's tables.
enum TableStyle {
  static let all = """
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: .92rem; }
    th, td { text-align: left; padding: .38rem .9rem .38rem 0; vertical-align: baseline;
      border-bottom: 1px solid var(--edge); font-weight: 400; }
    th:last-child, td:last-child { padding-right: 0; }
    thead th { color: var(--quiet); font-size: .83rem; white-space: nowrap; }
    .numeric { font-variant-numeric: tabular-nums; }
    .numeric td, .numeric thead th { text-align: right; white-space: nowrap; }
    .numeric th:first-child { text-align: left; white-space: nowrap; }
    .numeric tbody th { font-weight: 550; }
    .runs td:nth-child(2), .runs thead th:nth-child(2) { text-align: left; }
    .evaluations, .runs { margin-top: .4rem; }
    .evaluations td:nth-child(7) { white-space: normal; min-width: 7rem; }
    .best th::after { content: " ★ best"; color: var(--good); font-size: .83rem; }
    .settings { table-layout: fixed; }
    .settings th:nth-child(1) { width: 42%; } .settings th:nth-child(2) { width: 33%; }
    .settings td, .settings tbody th { overflow-wrap: anywhere; }
    .settings td:last-child { color: var(--quiet); font-size: .88rem; }
    .settings tbody tr:hover, .differences tbody tr:hover { background: var(--card); }
    .differences th:first-child { min-width: 9rem; }
    .differences td { overflow-wrap: anywhere; min-width: 8rem; }
    .filter { margin: 0 0 .6rem; display: flex; gap: .6rem; align-items: center; color: var(--quiet); }
    .filter input { font: inherit; color: inherit; width: min(100%, 20rem); padding: .3rem .7rem;
      border: 1px solid var(--edge); border-radius: 8px; background: var(--card);
      color: var(--text); }
    .filter input::placeholder { color: var(--quiet); opacity: 1; }
    .filter output { font-size: .88rem; white-space: nowrap; }
    details { margin-top: 1rem; }
    summary { cursor: pointer; padding: .3rem 0; color: var(--link); }
    .swatch { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px;
      background: var(--color); vertical-align: -.06rem; margin-right: .25rem; }

    """
}
