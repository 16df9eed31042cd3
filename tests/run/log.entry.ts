// Goes on with a log from four updates before its last one, until it is killed; says each update whose record is written.
import { JsonLinesLog, readJsonLinesLog } from '@steadyformer/translate/node';

const [, , path, existing] = process.argv as [string, string, string, string];
let last = 0;
if (existing === 'yes')
  for await (const { update = 0 } of readJsonLinesLog(path)) last = Math.max(last, update);

const resumedAfter = Math.max(0, last - 4);
process.stdout.write('open\n');
const log = await JsonLinesLog.open(path, { resumedAfter });
await log.write({ event: 'start', resumedAfter });
for (let update = resumedAfter + 1; ; update++) {
  await log.write({ event: 'update', update, text: 'ü'.repeat(update % 50) });
  process.stdout.write(`${update}\n`);
}
