/** What the contract suite needs to know about the backend it tests. */
import { expect, type TestContext } from 'vitest';
import type { Engine, EngineKind, Size } from '../../src/engine/engine.ts';
import { EngineError, type ErrorCode } from '../../src/engine/errors.ts';
import type { Image } from '../../src/engine/image.ts';
import type { Fixtures } from '../support/fixtures.ts';
import type { Maker } from '../support/image-maker.ts';
import type { Registries } from '../support/registries.ts';

export interface Subject {
  readonly kind: EngineKind;
  /** Connected to a store that holds `fixtures` and nothing else. */
  readonly engine: Engine;
  readonly fixtures: Fixtures;
  /** Changes the store behind the engine's back. */
  readonly maker: Maker;
  /** Registries that the engine may use. */
  readonly registries: Registries;
  /** A further connection of its own. */
  connect(): Promise<Engine>;
  /** The process behind the engine, where there is one. */
  readonly server?: { kill(): Promise<void>; restart(): Promise<void> };
  end(): Promise<void>;
}

/** Hands out the subject once it stands: tests are collected before it is made. */
export type GetSubject = () => Subject;

/** The rejection as an EngineError with this code, a message and (unless cancelled) a hint. */
export async function failure(promise: Promise<unknown>, ...codes: ErrorCode[]): Promise<EngineError> {
  const thrown = await promise.then(
    (value) => expect.fail(`expected ${codes.join(' or ')}, got ${JSON.stringify(value)?.slice(0, 300)}`),
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(EngineError);
  const error = thrown as EngineError;
  expect(codes, `${error.code}: ${error.message} (${error.detail})`).toContain(error.code);
  expect(error.message).not.toBe('');
  if (error.code === 'cancelled') expect(error.hint).toBe('');
  else expect(error.hint, error.message).not.toBe('');
  return error;
}

export function checkSize(size: Size): void {
  expect(Number.isSafeInteger(size.bytes) && size.bytes >= 0, `${size.bytes} bytes`).toBe(true);
  if (size.bound !== 'exact') expect(size.reason ?? '', `reason for ${size.bound}`).not.toBe('');
}

/** All images by id, intermediate ones too. */
export async function allImages(engine: Engine): Promise<Map<string, Image>> {
  return new Map((await engine.list({ all: true })).map((image) => [image.id, image]));
}

export async function imageOf(engine: Engine, id: string): Promise<Image> {
  const image = (await allImages(engine)).get(id);
  if (image === undefined) throw new Error(`${id} is not listed`);
  return image;
}

/** Skips the test, with the backend's own reason, where it has no containers. */
export function needContainers({ engine }: Subject, context: TestContext) {
  context.skip(engine.containers === undefined, `no containers: ${engine.absent.containers}`);
  return engine.containers!;
}

/** Every string in a value, keys too. */
export function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsOf(item)]);
}
