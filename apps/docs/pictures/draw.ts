// `npm run pictures -w apps/docs`: draws the pictures of the READMEs and the home page anew from their data.
import { mkdirSync, writeFileSync } from 'node:fs';
import { FOLDER, pictures } from './pictures';

mkdirSync(FOLDER, { recursive: true });
for (const { file, draw } of pictures) {
  writeFileSync(new URL(file, FOLDER), await draw());
  console.log(file);
}
