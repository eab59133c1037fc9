import { describe, expect, it } from 'vitest';
import { findCommand } from '../../../src/cli/command-table.ts';
import { parseAge, parseSize, showAge } from '../../../src/engine/cleanup/measure.ts';
import { parseRule, RULES, ruleText } from '../../../src/engine/cleanup/rule-text.ts';

describe('rules as text', () => {
  it.each([
    ['dangling', { kind: 'images', all: [{ kind: 'dangling' }] }],
    ['older-than=30d', { kind: 'images', all: [{ kind: 'older-than', seconds: 2_592_000, by: 'created' }] }],
    [
      'older-than=2w by used',
      { kind: 'images', all: [{ kind: 'older-than', seconds: 1_209_600, by: 'used' }] },
    ],
    [
      'unused and not-used-for=12h',
      { kind: 'images', all: [{ kind: 'unused' }, { kind: 'not-used-for', seconds: 43_200 }] },
    ],
    ['"label=by=an and bo"', { kind: 'images', all: [{ kind: 'label', label: 'by=an and bo' }] }],
    ['name=ghcr.io/acme/*', { kind: 'images', all: [{ kind: 'name', pattern: 'ghcr.io/acme/*' }] }],
    ['larger-than=1.5GB', { kind: 'images', all: [{ kind: 'larger-than', bytes: 1_500_000_000 }] }],
    ['keep-newest=3', { kind: 'images', all: [{ kind: 'keep-newest', count: 3 }] }],
    ['build-cache', { kind: 'build-cache' }],
    ['build-cache=older-than=7d,type=regular', { kind: 'build-cache', seconds: 604_800, type: 'regular' }],
    ['stopped-containers=older-than=90s', { kind: 'stopped-containers', seconds: 90 }],
  ])('%s', (text, rule) => {
    expect(parseRule(text)).toEqual(rule);
    expect(parseRule(ruleText(parseRule(text)))).toEqual(rule);
  });

  it('counts ages from what was asked for, unless the rule says', () => {
    expect(ruleText(parseRule('older-than=1d', 'pulled'))).toBe('older-than=1d by pulled');
    expect(ruleText(parseRule('older-than=1d by created', 'pulled'))).toBe('older-than=1d');
  });

  it.each([
    ['', 'a rule is missing'],
    ['unused and', 'a rule is missing'],
    ['oldest', 'there is no rule "oldest"'],
    ['dangling=true', 'takes no value'],
    ['older-than', 'needs a value'],
    ['older-than=soon', '"soon" is not an age'],
    ['older-than=1d by luck', 'cannot count by "luck"'],
    ['unused older-than=1d', 'after unused means nothing'],
    ['keep-newest=-1', 'is not a number of images'],
    ['larger-than=big', 'is not a size'],
    ['name=a[', 'is not a pattern'],
    ['unused and build-cache', 'cannot be joined'],
    ['build-cache=', 'needs a value'],
    ['stopped-containers=', 'needs a value'],
    ['build-cache=size=3', 'is no limit of build-cache'],
    ['stopped-containers=type=x', 'is no limit of stopped-containers'],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => parseRule(text)).toThrow(message);
  });

  it('lists every rule as it can be written, in the help of the commands too', () => {
    const help = ['plan', 'prune'].map((name) => findCommand(name)!.notes!.join(' '));
    const values: Record<string, string> = { PATTERN: 'a', 'KEY[=VALUE]': 'k' };
    for (const { form, kind } of RULES) {
      const text = form.replace(/PATTERN|KEY\[=VALUE\]/, (word) => values[word]!).replace(/ ?\[.*\]$/, '');
      expect(ruleText(parseRule(text)).startsWith(kind)).toBe(true);
      for (const notes of help) expect(notes).toMatch(new RegExp(`\\b${kind}\\b`));
    }
  });
});

describe('measures', () => {
  it('read sizes as they are shown', () => {
    expect([parseSize('500MB'), parseSize('2GiB'), parseSize('1000'), parseSize('1 kb')]).toEqual([
      500_000_000, 2_147_483_648, 1000, 1000,
    ]);
    for (const wrong of ['', 'MB', '-1', '1iB', '1e9', '1XB']) expect(() => parseSize(wrong)).toThrow();
  });

  it('read ages and tell them', () => {
    expect([parseAge('1.5d'), parseAge('1h30m'), parseAge('1y')]).toEqual([129_600, 5400, 31_536_000]);
    expect([44 * 86_400, 7200, 90, 5].map(showAge)).toEqual(['44 d', '2 h', '1 min', '5 s']);
    for (const wrong of ['', 'd', '30', '-1d', '1 d']) expect(() => parseAge(wrong)).toThrow();
  });
});
