import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PassedSignals } from '../../src/cli/passed-signals.ts';

let heard: string[] = [];
let signals: PassedSignals;
const begin = (tty: boolean): (() => void) => {
  signals = new PassedSignals({ tty });
  return signals.listen((name) => heard.push(name));
};
const send = (name: NodeJS.Signals): void => void process.emit(name, name);

beforeEach(() => {
  heard = [];
  vi.useFakeTimers();
});
afterEach(() => {
  signals.close();
  vi.useRealTimers();
});

test('signals go to what runs, and the third that asks for an end ends all at once', () => {
  begin(false);
  for (const name of ['SIGUSR2', 'SIGINT', 'SIGUSR2', 'SIGTERM'] as const) send(name);
  expect(heard).toEqual(['SIGUSR2', 'SIGINT', 'SIGUSR2', 'SIGTERM']);
  expect(signals.ending.aborted).toBe(false);
  send('SIGINT');
  expect(signals.ending.aborted).toBe(true);
});

test('where nothing runs that could hear it, the first one ends all', () => {
  begin(false)();
  send('SIGUSR2');
  expect(signals.ending.aborted).toBe(false);
  send('SIGTERM');
  expect([signals.ending.aborted, heard]).toEqual([true, []]);
});

test('a program outlives its terminal for a moment only, and a program without one goes on', () => {
  begin(true);
  send('SIGHUP');
  expect(heard).toEqual(['SIGHUP']);
  vi.advanceTimersByTime(3_000);
  expect(heard).toEqual(['SIGHUP', 'SIGKILL']);
  signals.close();
  heard = [];
  begin(false);
  send('SIGHUP');
  vi.advanceTimersByTime(60_000);
  expect(heard).toEqual(['SIGHUP']);
});

test('once closed, signals do again what they did before', () => {
  const before = process.listenerCount('SIGINT');
  begin(false);
  expect(process.listenerCount('SIGINT')).toBe(before + 1);
  signals.close();
  expect(process.listenerCount('SIGINT')).toBe(before);
});
