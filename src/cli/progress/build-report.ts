/** What a build leaves to be read: where it failed and what was printed last, and what linters advise. */

import type { BuilderKind, BuildWarning } from '../../engine/build.ts';
import { lineOfStep, parseDockerfile } from '../../engine/context/dockerfile.ts';
import { block } from '../../engine/text.ts';
import type { BuildMemory } from './build-memory.ts';
import { stepLabel } from './build-words.ts';
import type { Paint } from './paint.ts';

/** Lines of the Dockerfile shown above and below the one that failed. */
const AROUND = 2;

export interface DockerfileSource {
  /** As it is shown: `services/api/Dockerfile`. */
  readonly path: string;
  /** Undefined where it is not known. */
  readonly text: string | undefined;
  readonly kind: BuilderKind;
}

/** `warning: Dockerfile:3: FromAsCasing: …`, in the order of lines. */
export function warningLines(warnings: readonly BuildWarning[], path: string): string[] {
  return warnings
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ text, line, url }) => {
      const place = line === undefined ? '' : `${path}:${line}: `;
      return `warning: ${place}${text}${url === '' ? '' : ` (${url})`}`;
    });
}

/** Nothing where no step failed: then the failure's own words say where. */
export async function failureLines(
  memory: BuildMemory,
  { path, text, kind }: DockerfileSource,
  { bad, dim, plain }: Paint,
): Promise<string[]> {
  const step = memory.failedStep;
  if (step === undefined) return [];
  const lines: string[] = [];
  const at = text === undefined ? undefined : lineOfStep(await parseDockerfile(text), step, kind);
  if (at !== undefined && text !== undefined) {
    const rows = block(text).trimEnd().split('\n');
    const last = Math.min(rows.length, at + AROUND);
    const digits = `${last}`.length;
    lines.push('', `${path}:${at}`);
    for (let number = Math.max(1, at - AROUND); number <= last; number++) {
      const shown = `${number === at ? '>' : ' '} ${`${number}`.padStart(digits)} ${plain('│')} ${rows[number - 1] ?? ''}`;
      lines.push((number === at ? bad : dim)(shown.trimEnd()));
    }
  }
  const tail = memory.tail(step.id);
  if (tail.length > 0) {
    lines.push('', `Last lines of ${stepLabel(step)}:`);
    for (const text of tail) lines.push(`  ${dim(plain('│'))} ${text}`.trimEnd());
  }
  return lines.length > 0 ? [...lines, ''] : lines;
}
