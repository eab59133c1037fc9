/** A build's events as a text that a person can check. */
import type { BuildEvent, BuildPart, BuildStep } from '../../src/engine/build.ts';

/** Steps in the order they appeared, each with the states it went through, what it printed and what went on inside. */
export function buildStory(
  events: readonly BuildEvent[],
  options: { readonly times?: boolean } = {},
): string {
  const steps = new Map<string, BuildStep[]>();
  const rest: string[] = [];
  for (const event of events) {
    if (event.type === 'step') steps.set(event.id, [...(steps.get(event.id) ?? []), event]);
    else if (event.type === 'line') rest.push(`${event.topic}: ${event.text}`);
    else if (event.type === 'warning') {
      const place = event.file === '' && event.line === undefined ? '' : ` (${event.file}:${event.line})`;
      rest.push(
        `warning: ${event.text}${place}`,
        ...[...event.detail, event.url].filter(Boolean).map((text) => `  ${text}`),
      );
    }
  }
  const placeOf = (id: string) => placed(steps.get(id)?.at(-1));
  const rows = [...steps].flatMap(([id, told]) => {
    const last = told.at(-1)!;
    const states = told.map(({ state }) => state).filter((state, n, all) => state !== all[n - 1]);
    const needs = last.inputs.map(placeOf);
    const took =
      options.times && last.endedAt !== undefined
        ? `, ${(last.endedAt - last.startedAt!).toFixed(1)} ms`
        : '';
    return [
      `${placed(last)}: ${states.join(' ')}${took}${needs.length === 0 ? '' : ` <- ${needs.join(', ')}`}`,
      ...events.flatMap((event) =>
        event.type === 'log' && event.step === id ? [`  ${event.stream}| ${event.text}`] : [],
      ),
      ...partsOf(events, id),
      ...(last.error === '' ? [] : [`  error: ${last.error}`]),
    ];
  });
  return [...rows, ...rest, ''].join('\n');
}

function placed(step: BuildStep | undefined): string {
  if (step === undefined) return '(nothing)';
  const { internal, stage, position, of, name } = step;
  return `${internal ? 'internal' : `[${stage} ${position}/${of}]`} ${name}`;
}

/** Each part with how often it was told and how it stood at last. */
function partsOf(events: readonly BuildEvent[], step: string): string[] {
  const parts = new Map<string, BuildPart[]>();
  for (const event of events) {
    if (event.type === 'inside' && event.step === step)
      parts.set(event.id, [...(parts.get(event.id) ?? []), event]);
  }
  return [...parts.values()].map((told) => {
    const { name, done, total, ended } = told.at(-1)!;
    const bytes = total === undefined && done === 0 ? '' : ` ${done} of ${total ?? '?'}`;
    return `  inside: ${name}${bytes}, ${ended ? 'ended' : 'not ended'}, told ${told.length} times`;
  });
}
