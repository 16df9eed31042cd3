/** What the page does: asks for a stream, and puts each line in its place as it grows. */
export const PAGE_SCRIPT = `
const find = (id) => document.getElementById(id);
const [form, text, result, status, copy] = ['form', 'text', 'result', 'status', 'copy'].map(find);
let asking;
const say = (words, bad = false) => { status.textContent = words; status.className = bad ? 'bad' : ''; };
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (held + value).split('\\n\\n');
    held = parts.pop();
    for (const part of parts) {
      const name = /^event: (.*)$/m.exec(part);
      const data = /^data: (.*)$/m.exec(part);
      if (name && data) yield [name[1], JSON.parse(data[1])];
    }
  }
}
const translate = async () => {
  asking?.abort();
  if (text.value.trim() === '') { result.textContent = ''; copy.disabled = true; say('Type a sentence first.'); text.focus(); return; }
  const mine = (asking = new AbortController());
  const lines = text.value.split('\\n').map(() => '');
  const begun = performance.now();
  result.textContent = '';
  copy.disabled = true;
  say('Translating...');
  try {
    const response = await fetch('/translate', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ text: text.value, model: find('model')?.value, options: { beam: Number(find('beam').value) }, stream: true }),
      signal: mine.signal,
    });
    if (!(response.headers.get('content-type') ?? '').includes('text/event-stream')) throw await response.json();
    let ended = false;
    for await (const [name, data] of events(response.body)) {
      if (name === 'error') throw data;
      if (name === 'done') ended = true;
      if (name === 'translation' || name === 'partial') { lines[data.line] = data.text; result.textContent = lines.join('\\n').trimEnd(); }
    }
    if (!ended) throw { error: 'the answer broke off' };
    copy.disabled = result.textContent === '';
    say('Done in ' + ((performance.now() - begun) / 1000).toFixed(1) + ' s');
  } catch (failure) {
    if (mine.signal.aborted) return;
    const { error, next, allowed } = failure instanceof Error ? { error: 'the server does not answer' } : failure;
    const more = [allowed, next].filter((part) => part && !error.includes(part)).map((part) => (part === allowed ? 'Allowed: ' + part : part));
    const said = [error, ...more].map((part) => part.replace(/\\.$/, '')).join('. ');
    say(said.charAt(0).toUpperCase() + said.slice(1), true);
  }
};
form.addEventListener('submit', (event) => { event.preventDefault(); translate(); });
text.addEventListener('keydown', (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); translate(); } });
copy.addEventListener('click', async () => {
  try { await navigator.clipboard.writeText(result.textContent); say('Copied'); } catch { say('Select the text to copy it.'); }
});
`;
