/**
 * Colours a text in a thread of its own: there are texts, and people can write them on purpose, for which a grammar needs
 * hours. No key waits for that, and the thread is ended after a while.
 */
import { Worker } from 'node:worker_threads';
import type { FileLanguage } from './file-language.ts';
import type { ColouredPart } from './highlight-parts.ts';
import type { Token } from './theme.ts';

export interface ColourQuestion {
  readonly text: string;
  readonly language: FileLanguage;
}

/** `places`: from, to and the number of a token for each part; as numbers they cost nothing to hand over. */
export interface ColourAnswer {
  readonly tokens: readonly Token[];
  readonly places: Uint32Array;
}

/** Milliseconds after which a text stays without colours. */
const LONGEST = 5000;
/** Megabytes that the thread may take. */
const MEMORY = 256;

/** None where the thread took too long, failed, or was ended by `signal`. */
export async function coloursOf(
  question: ColourQuestion,
  signal: AbortSignal,
  longest: number = LONGEST,
): Promise<readonly ColouredPart[]> {
  if (signal.aborted) return [];
  // In the bundle the thread has a file of its own beside the program.
  const file = import.meta.url.endsWith('.ts') ? './colour-worker.ts' : './colour-worker.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: question,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY },
    // What it says is nothing for the screen.
    stdout: true,
    stderr: true,
  });
  worker.unref();
  const answer = Promise.withResolvers<ColourAnswer | undefined>();
  const give = (): void => answer.resolve(undefined);
  const timer = setTimeout(give, longest);
  signal.addEventListener('abort', give);
  worker.once('message', answer.resolve).once('error', give).once('exit', give);
  const told = await answer.promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', give);
  await worker.terminate();
  return told === undefined ? [] : partsIn(told);
}

function partsIn({ tokens, places }: ColourAnswer): readonly ColouredPart[] {
  const parts: ColouredPart[] = [];
  for (let at = 0; at < places.length; at += 3)
    parts.push({ from: places[at]!, to: places[at + 1]!, token: tokens[places[at + 2]!]! });
  return parts;
}
