// Gives the scripts the dictionary, as the build does: node --import ./test/texts.js --test test/

import { readFileSync } from 'node:fs';

globalThis.FOYER_TEXTS = JSON.parse(readFileSync(new URL('../../../internal/texts/en.json', import.meta.url)));
