/// The page's style sheet.
enum ReportStyle {
    static let css = """
        :root { --ink: #2a2a2c; --quiet: #6f6f74; --line: #e2e1dd; --paper: #f6f6f4; --card: #fff; }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
        main { max-width: 1240px; margin: 0 auto; padding: 36px 24px 64px; }
        h1 { font-size: 30px; font-weight: 650; margin: 0; letter-spacing: -0.01em; }
        h2 { font-size: 19px; font-weight: 650; margin: 48px 0 14px; }
        .subtitle { color: var(--quiet); margin: 4px 0 0; overflow-wrap: anywhere; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px;
          margin: 26px 0 0; padding: 0; list-style: none; }
        .figures li { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
        .figures b { display: block; font-size: 23px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .figures span { color: var(--quiet); font-size: 13.5px; }
        img { max-width: 100%; display: block; }
        .preview { border: 1px solid var(--line); border-radius: 12px; width: 100%; }
        figure { margin: 0; }
        .views { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 12px; }
        .views button { font: inherit; font-size: 14px; padding: 5px 13px; border-radius: 999px; cursor: pointer;
          border: 1px solid var(--line); background: var(--card); color: var(--ink); }
        .views button[aria-pressed=true] { background: var(--ink); border-color: var(--ink); color: #fff; }
        .stage { position: relative; border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
        canvas { display: block; width: 100%; height: min(64vh, 520px); touch-action: none; cursor: grab; outline: none; }
        canvas:active { cursor: grabbing; }
        canvas:focus-visible { box-shadow: inset 0 0 0 2px #2a6fdb; }
        .labels { position: absolute; inset: 10px 0 auto; display: flex; pointer-events: none; font-size: 14px;
          color: var(--quiet); }
        .labels[hidden] { display: none; }
        .labels span { flex: 1; text-align: center; }
        .problem { padding: 24px; }
        .hint, .note { color: var(--quiet); font-size: 13.5px; margin: 8px 0 0; }
        .legend { max-width: 460px; margin: 14px auto 0; font-size: 13px; font-variant-numeric: tabular-nums; }
        .legend .bar { height: 14px; border-radius: 3px; }
        .legend .ticks { display: flex; justify-content: space-between; }
        .legend .ticks span { width: 0; display: flex; justify-content: center; white-space: nowrap; }
        .legend .parts { color: var(--quiet); }
        .slices { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 18px;
          align-items: start; }
        .bar { display: flex; align-items: center; gap: 10px; margin: 0 0 14px; font-size: 12.5px; color: var(--quiet); }
        .bar div { flex: 0 1 320px; height: 12px; border-radius: 3px; }
        .slice { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px; }
        .slice h3 { margin: 0 0 8px; font-size: 14.5px; font-weight: 600; }
        .slice .pair { display: grid; gap: 10px; }
        .slice img { width: 100%; border-radius: 5px; }
        .slice small { color: var(--quiet); font-size: 12.5px; }
        .curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 18px; }
        .curve { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px; max-width: 760px; }
        .curve svg { width: 100%; height: auto; display: block; }
        .tables { columns: 2 380px; column-gap: 22px; }
        table { width: 100%; border-collapse: collapse; font-size: 14px; break-inside: avoid; margin: 0 0 22px; }
        caption { text-align: left; font-weight: 600; padding: 0 0 5px; }
        td { border-top: 1px solid var(--line); padding: 4px 0; vertical-align: top; overflow-wrap: anywhere; }
        td:first-child { color: var(--quiet); padding-right: 14px; }
        td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
        pre { background: #27272a; color: #f1f1ee; border-radius: 10px; padding: 14px 16px; overflow-x: auto;
          font: 13.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; margin: 0; }
        details { margin-top: 12px; } summary { cursor: pointer; color: var(--quiet); font-size: 14px; margin-bottom: 8px; }
        """
}
