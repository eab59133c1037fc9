import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import {
  matchImages,
  parseFilter,
  parseFilters,
  parseFilterTerms,
  referenceMatches,
} from '../../src/engine/filters.ts';
import type { Image } from '../../src/engine/image.ts';
import { parseMoment } from '../../src/engine/moment.ts';

describe("docker's filter forms", () => {
  test.each([
    ['dangling=true', { dangling: true }],
    ['dangling=0', { dangling: false }],
    ['label=a', { label: ['a'] }],
    ['label=a=b=c', { label: ['a=b=c'] }],
    ['LABEL = a', { label: ['a'] }],
    ['since=app:1', { since: 'app:1' }],
    ['before=abc', { before: 'abc' }],
    ['reference=ub*', { reference: ['ub*'] }],
    ['until=24h', { until: '24h' }],
  ])('%s', (form, filters) => {
    expect(parseFilter(form)).toEqual(filters);
  });

  test('add up', () => {
    expect(parseFilters(['label=a', 'label=b=c', 'reference=x', 'reference=y', 'dangling=1'])).toEqual({
      label: ['a', 'b=c'],
      reference: ['x', 'y'],
      dangling: true,
    });
  });

  test.each([
    ['dangling', '"="'],
    ['bogus=1', '"bogus"'],
    ['dangling=maybe', '"maybe"'],
    ['until=yesterday', '"yesterday"'],
    ['reference=[a', '"[a"'],
    ['since=', '"since"'],
  ])('%s is bad input that says why', (form, why) => {
    expect(() => parseFilter(form)).toThrowError(
      expect.objectContaining({ code: 'bad-input', message: expect.stringContaining(why) }),
    );
  });

  test('an unknown one names those that are known', () => {
    expect(hintOf(() => parseFilter('bogus=1'))).toContain(
      'dangling, label, since, before, reference, until',
    );
  });
});

describe('terms of a search line', () => {
  test.each([
    ['', {}, ''],
    ['  two   words ', {}, 'two words'],
    ['app:1', {}, 'app:1'],
    ['localhost:5000/a', {}, 'localhost:5000/a'],
    ['dangling:true', { dangling: true }, ''],
    ['ref:ac* fox', { reference: ['ac*'] }, 'fox'],
    ['reference:a reference:b', { reference: ['a', 'b'] }, ''],
    ['label:k=v since:x before:y rest', { label: ['k=v'], since: 'x', before: 'y' }, 'rest'],
    ['label:"k=two words" z', { label: ['k=two words'] }, 'z'],
    ['until:24h', { until: '24h' }, ''],
    ['since:localhost:5000/a:1', { since: 'localhost:5000/a:1' }, ''],
  ])('%j', (line, filters, text) => {
    expect(parseFilterTerms(line)).toEqual({ filters, text, problem: undefined });
  });

  test('half-written ones count for nothing yet', () => {
    expect(parseFilterTerms('label: x')).toEqual({ filters: {}, text: 'x', problem: undefined });
    expect(parseFilterTerms('dangling:tr x')).toEqual({
      filters: {},
      text: 'x',
      problem: expect.stringContaining('"tr"'),
    });
    expect(parseFilterTerms('ref:[a').problem).toContain('"[a"');
  });
});

describe('a reference pattern', () => {
  test.each([
    ['ub*', 'ubuntu:22.04', true],
    ['ub*', 'acme/ubuntu:1', false],
    ['ubuntu', 'ubuntu:22.04', true],
    ['ubuntu:22*', 'ubuntu:22.04', true],
    ['*:3.2*', 'alpine:3.20', true],
    ['*:3.2*', 'acme/alpine:3.20', false],
    ['*/*:3.2*', 'acme/alpine:3.20', true],
    ['acme/*', 'acme/app:1', true],
    ['acme/*', 'acme/deep/app:1', false],
    ['*', 'app:1', true],
    ['*', 'a/b', false],
    ['**', 'a/b', false],
    ['', 'app', false],
    ['a?p', 'app:1', true],
    ['a?p', 'a/p:1', false],
    ['[a-c]pp', 'app:1', true],
    ['[^a-c]pp', 'app:1', false],
    ['[^a-c]pp', 'xpp:1', true],
    ['app:[12]', 'app:2', true],
    ['app:\\*', 'app:*', true],
    ['app:\\*', 'app:1', false],
    ['a\\**', 'a*bc', true],
    ['app.1', 'app:1', false],
    ['a+', 'aa', false],
    ['localhost:5000/*/b', 'localhost:5000/a/b:tag', true],
    ['app', 'app@sha256:0123', true],
    ['ap', 'app:1', false],
  ])('%s on %s: %s', (pattern, reference, matches) => {
    expect(referenceMatches(pattern, reference)).toBe(matches);
  });

  test.each(['[', '[a', '[]', '[]a]', '[a-', '[-a]', '[a-]', 'a\\', '[\\'])('%s is broken', (pattern) => {
    expect(() => referenceMatches(pattern, 'app')).toThrowError(
      expect.objectContaining({ code: 'bad-input' }),
    );
  });
});

describe('a moment', () => {
  const now = 1_800_000_000;
  test.each([
    ['1700000000', 1_700_000_000],
    ['24h', now - 86_400],
    ['1h30m', now - 5_400],
    ['1.5h', now - 5_400],
    ['90s', now - 90],
    ['0', 0],
    ['2026-11-22T00:00:00Z', Date.UTC(2026, 10, 22) / 1000],
    ['2026-11-22T01:00:00+01:00', Date.UTC(2026, 10, 22) / 1000],
    ['2026-11-22', new Date(2026, 10, 22).getTime() / 1000],
    ['2026-11-22T10:30', new Date(2026, 10, 22, 10, 30).getTime() / 1000],
  ])('%s', (text, seconds) => {
    expect(parseMoment(text, now)).toBeCloseTo(seconds, 6);
  });

  test.each(['', 'soon', '24', '1d', 'h', '2026-13-40', '-1h'])('%j', (text) => {
    if (text === '24') expect(parseMoment(text, now)).toBe(24);
    else expect(() => parseMoment(text, now)).toThrowError(expect.objectContaining({ code: 'bad-input' }));
  });
});

describe('matching images', () => {
  const images = [
    image('a', { references: ['app:1', 'acme/app:1'], created: 100, labels: { k: 'v', empty: '' } }),
    image('b', { references: ['base:latest'], created: 50, labels: { k: 'w' } }),
    image('c', { created: 200, role: 'dangling' }),
    image('d', { created: 60, role: 'intermediate' }),
    image('e', { digests: [`x@sha256:${'0'.repeat(64)}`], created: 150 }),
  ];
  const ids = (filters: Parameters<typeof matchImages>[1]) =>
    matchImages(images, filters, 1000).map(({ id }) => id[7]);

  test.each([
    [{}, ['a', 'b', 'c', 'd', 'e']],
    [{ dangling: true }, ['c', 'e']],
    [{ dangling: false }, ['a', 'b', 'd']],
    [{ label: ['k'] }, ['a', 'b']],
    [{ label: ['k=v'] }, ['a']],
    [{ label: ['k', 'empty='] }, ['a']],
    [{ label: ['toString'] }, []],
    [{ since: 'app:1' }, ['c', 'e']],
    [{ since: 'base' }, ['a', 'c', 'd', 'e']],
    [{ before: 'app:1' }, ['b', 'd']],
    [{ before: 'aaaa' }, ['b', 'd']],
    [{ before: 'app:1', since: 'base' }, ['d']],
    [{ reference: ['app'] }, ['a']],
    [{ reference: ['nope', 'b*'] }, ['b']],
    [{ reference: ['x'] }, ['e']],
    [{ until: '900s' }, ['b', 'd']],
    [{ until: '100' }, ['b', 'd']],
  ])('%j', (filters, expected) => {
    expect(ids(filters)).toEqual(expected);
  });

  test('an image that is not there is not-found', () => {
    expect(() => ids({ since: 'nope' })).toThrowError(expect.objectContaining({ code: 'not-found' }));
  });
});

function image(letter: string, facts: Partial<Image>): Image {
  return {
    id: `sha256:${letter.repeat(64)}`,
    references: [],
    digests: [],
    parentId: '',
    role: 'tagged',
    created: 0,
    size: 0,
    sharedSize: undefined,
    containers: undefined,
    labels: {},
    ...facts,
  };
}

function hintOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof EngineError) return thrown.hint;
    throw thrown;
  }
  throw new Error('it was accepted');
}
