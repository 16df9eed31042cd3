/** How the page looks, in light and dark; its text and its borders have the contrast that WCAG 2.2 AA asks for. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #57606a; --paper: #f4f5f7; --card: #fff; --line: #868f99; --accent: #0b57a4; --on: #fff; --bad: #a40e26; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --quiet: #a6adb7; --paper: #14171b; --card: #1d2127; --line: #6b7480; --accent: #8ab8f5; --on: #0b1a2b; --bad: #ff9aa8; } }
html { background: var(--paper); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; align-items: baseline; gap: .75rem; flex-wrap: wrap; margin-bottom: 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
header p { margin: 0; color: var(--quiet); overflow-wrap: anywhere; }
.bar { display: flex; align-items: center; gap: .5rem; flex-wrap: wrap; margin-bottom: .75rem; }
.bar { gap: .5rem 1.25rem; }
.bar span { display: flex; align-items: center; gap: .5rem; min-width: 0; }
.bar select { min-width: 0; max-width: 16rem; }
.panes { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; }
.pane { display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; }
.pane > label, .pane > h2 { padding: .625rem 1rem 0; font-size: .875rem; font-weight: 600; margin: 0; color: var(--quiet); }
textarea, .result { flex: 1; min-height: 14rem; padding: .5rem 1rem; margin: 0; border: 0; background: transparent; color: inherit; font: inherit; font-size: 1.125rem; white-space: pre-wrap; overflow-wrap: anywhere; resize: vertical; }
textarea::placeholder { color: var(--quiet); opacity: 1; }
.foot { display: flex; align-items: center; justify-content: space-between; gap: .75rem; min-height: 3.75rem; padding: .5rem .75rem .5rem 1rem; border-top: 1px solid var(--line); font-size: .875rem; color: var(--quiet); }
button, select { font: inherit; font-size: 1rem; min-height: 2.75rem; border-radius: .375rem; border: 1px solid var(--line); background: var(--card); color: var(--ink); padding: 0 .875rem; }
button { cursor: pointer; font-weight: 600; }
button[type=submit] { background: var(--accent); border-color: var(--accent); color: var(--on); }
button:disabled { cursor: default; opacity: .55; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
textarea:focus-visible, .result:focus-visible { outline: 0; }
.pane:has(textarea:focus-visible, .result:focus-visible) { outline: 3px solid var(--accent); outline-offset: -1px; }
@media (pointer: coarse) { #hint { visibility: hidden; } }
.bad { color: var(--bad); font-weight: 600; }
@media (max-width: 44rem) { body { padding: 1rem; } .panes { grid-template-columns: minmax(0, 1fr); } textarea, .result { min-height: 9rem; } }
`;
