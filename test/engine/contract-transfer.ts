/** Follows transfers for the contract suite: every event is checked on the way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Engine, EngineEventAction } from '../../src/engine/engine.ts';
import type { Transfer, TransferEvent, TransferPart } from '../../src/engine/transfer.ts';
import { stringsOf } from './contract-subject.ts';

export interface Followed<Result> {
  readonly result: Result;
  readonly events: readonly TransferEvent[];
  /** The last that was told of each part, in order of appearance. */
  readonly parts: readonly TransferPart[];
  readonly lines: readonly string[];
}

/** To its end; every event is checked, and that all parts came to theirs. */
export async function follow<Result>(
  transfer: Transfer<Result>,
  onEvent: (event: TransferEvent) => void = () => {},
): Promise<Followed<Result>> {
  const events: TransferEvent[] = [];
  const parts = new Map<string, TransferPart>();
  const restarted: string[] = [];
  for (;;) {
    const { done, value } = await transfer.next();
    if (done) {
      for (const { stage, id } of parts.values()) expect(['done', 'present'], id).toContain(stage);
      const lines = events.flatMap((event) => (event.type === 'line' ? [event.text] : []));
      return { result: value, events, parts: [...parts.values()], lines };
    }
    events.push(value);
    checkEvent(value, events);
    if (value.type === 'part') {
      const before = parts.get(value.id);
      if (before !== undefined) {
        expect(['done', 'present'], `${value.id} goes on after its end`).not.toContain(before.stage);
        if (before.stage === value.stage && value.done < before.done) restarted.push(value.id);
        // Where an aborted try is not over yet, Docker begins with its progress and then anew.
        expect(restarted.length - new Set(restarted).size, `${restarted} go back`).toBe(0);
      }
      parts.set(value.id, value);
    }
    onEvent(value);
  }
}

function checkEvent(event: TransferEvent, events: readonly TransferEvent[]): void {
  for (const text of stringsOf(event)) expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  if (event.type === 'line') {
    expect(event.topic).toMatch(/^[a-z]+$/);
    expect(event.text).not.toBe('');
  } else if (event.type === 'resolved') {
    expect(event.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(events.filter(({ type }) => type === 'resolved')).toHaveLength(1);
  } else {
    expect(event.id).toMatch(/^([0-9a-f]{12}|[a-z]+)$/);
    expect(Number.isSafeInteger(event.done) && event.done >= 0, `${event.done} bytes`).toBe(true);
    if (event.total !== undefined) expect(event.done).toBeLessThanOrEqual(event.total);
  }
}

/** Ends it from outside in the middle: as soon as `when` is true of what was told, or some milliseconds after. */
export async function cancelWhen(
  start: (signal: AbortSignal) => Transfer<unknown>,
  when: (event: TransferEvent) => boolean,
  after = 0,
): Promise<unknown> {
  const stop = new AbortController();
  for await (const event of start(stop.signal)) {
    if (!when(event)) continue;
    if (after === 0) stop.abort();
    else setTimeout(() => stop.abort(), after);
  }
  return undefined;
}

/** Collects the actions of an engine's events while `body` runs, and waits for those that are expected. */
export async function expectEvents(
  engine: Engine,
  wanted: readonly EngineEventAction[],
  body: () => Promise<unknown>,
): Promise<void> {
  const stop = new AbortController();
  const seen = new Set<EngineEventAction>();
  const { promise: opened, resolve: onOpen } = Promise.withResolvers<void>();
  const done = (async () => {
    for await (const { action } of engine.events({ signal: stop.signal, onOpen })) seen.add(action);
  })();
  await Promise.race([opened, done]);
  await body();
  const deadline = Date.now() + 10_000;
  while (!wanted.some((action) => seen.has(action)) && Date.now() < deadline) await sleep(10);
  stop.abort();
  await done;
  expect(
    wanted.some((action) => seen.has(action)),
    `seen: ${[...seen]}, wanted one of ${wanted}`,
  ).toBe(true);
}
