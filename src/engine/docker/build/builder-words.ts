/** What builders say, cut to what a person needs of it. */
import { EngineError, type ErrorFacts } from '../../errors.ts';
import { redact } from '../../redact.ts';

/** Characters of what a builder says that a person reads at once. */
const MAX_SAID = 600;

/** Builders wrap one message in another. */
export function innermost(said: string): string {
  return said.replace(
    /^(?:(?:failed to solve(?: with frontend \S+)?|failed to create LLB definition|failed to compute cache key|\S+: failed to resolve source metadata for \S+|creating build container|rpc error: code = \w+ desc =|building at STEP "[\s\S]*?"):? )+/,
    '',
  );
}

export function short(text: string, limit: number = MAX_SAID): string {
  const flat = text.replace(/\s*\n\s*/g, ' ').trim();
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}

/** Redacted only now: what looks like a secret may be what the reason is recognised by. */
export function fail(code: ErrorFacts['code'], said: string, message: string, hint: string): EngineError {
  const detail = said.split('\n').map(redact).join('\n');
  return new EngineError({ code, message: redact(message), hint, detail, retryable: code === 'unreachable' });
}
