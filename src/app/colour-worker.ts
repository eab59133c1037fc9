/** The thread that colours one text: what it is asked comes as its data, and its answer as one message. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ColourAnswer, ColourQuestion } from './colouring.ts';
import { colouredParts } from './file-colours.ts';

const { text, language } = workerData as ColourQuestion;
const parts = colouredParts(text, language);
const tokens = [...new Set(parts.map((part) => part.token))];
const places = Uint32Array.from(parts.flatMap(({ from, to, token }) => [from, to, tokens.indexOf(token)]));
const answer: ColourAnswer = { tokens, places };
parentPort?.postMessage(answer, [places.buffer]);
