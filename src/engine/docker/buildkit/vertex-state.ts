/** How a vertex stands, by what is told of it. */
import type { BuildStepState } from '../../build.ts';
import { redact } from '../../redact.ts';
import { block } from '../../text.ts';
import type { Vertex } from './messages.ts';

/** What a vertex came to before, if it did: vertices begin again, and are then cut off when the build fails elsewhere. */
export type Outcome = 'done' | 'cached' | undefined;

export function isOutcome(state: BuildStepState): state is 'done' | 'cached' {
  return state === 'done' || state === 'cached';
}

export function stateOf(
  vertex: Vertex,
  before: BuildStepState | undefined,
  outcome: Outcome,
): BuildStepState {
  const { startedAt, completedAt, cached, error } = vertex;
  if (startedAt === undefined) return before ?? 'waiting';
  if (completedAt === undefined) return 'running';
  if (error === '') return cached || outcome === 'cached' ? 'cached' : 'done';
  return wasCutOff(error) ? (outcome ?? 'cancelled') : 'failed';
}

/** The command that an error repeats may say the same of itself. */
function wasCutOff(error: string): boolean {
  return /context canceled|^canceled\b/i.test(error.replace(/process "[\s\S]*" did not complete/, ''));
}

/** An error may repeat a command, and what is secret in it, on several lines. */
export function reasonOf(error: string): string {
  return block(error).split('\n').map(redact).join('\n');
}
