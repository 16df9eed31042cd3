import { createHash } from 'node:crypto';
import { PAGE_SCRIPT } from './pageScript';
import { PAGE_STYLE } from './pageStyle';

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/gu, (character) => `&#${character.codePointAt(0)};`);

const modelChoice = (models: readonly string[]): string =>
  models.length < 2
    ? ''
    : `<span><label for="model">Model</label>
<select id="model">${models.map((name) => `<option>${escaped(name)}</option>`).join('')}</select></span>`;

/** The page to type into: one file, without anything from elsewhere. */
export const pageHtml = (
  models: readonly string[],
  { maxCharacters }: { readonly maxCharacters: number },
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Steadyformer: translate</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<header><h1>Translate</h1><p>${models.length === 1 ? escaped(models[0]!) : ''}</p></header>
<main>
<form id="form">
<div class="bar">
${modelChoice(models)}
<span><label for="beam">Beam</label>
<select id="beam"><option value="1">1, fastest</option><option value="4" selected>4</option><option value="8">8</option></select></span>
</div>
<div class="panes">
<div class="pane">
<label for="text">Text</label>
<textarea id="text" maxlength="${maxCharacters}" rows="8" autofocus spellcheck="false" placeholder="A sentence a line" aria-describedby="hint"></textarea>
<div class="foot"><span id="hint">Ctrl+Enter translates</span><button type="submit">Translate</button></div>
</div>
<div class="pane">
<h2 id="said">Translation</h2>
<div id="result" class="result" role="region" tabindex="0" aria-labelledby="said"></div>
<div class="foot"><span id="status" role="status"></span><button type="button" id="copy" disabled>Copy</button></div>
</div>
</div>
</form>
</main>
<noscript><p class="bar">This page needs JavaScript; the server also takes POST /translate.</p></noscript>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What a browser may do with the page: run its own script, and ask its own server. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; script-src ${hashOf(PAGE_SCRIPT)}; style-src ${hashOf(PAGE_STYLE)}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
