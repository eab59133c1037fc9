import { describe, expect, test } from 'vitest';
import { bindKeys, COMMANDS, type Command } from '../../src/app/commands.ts';
import { acmeApp, acmeState } from './acme-app.ts';

const SIZE = { columns: 120, rows: 36 };

function command(id: string, keys: readonly string[], scope: Command['scope'] = 'images'): Command {
  return { id, title: id, scope, keys, run: () => {} };
}

/** Rare enough to be found by name only. */
const KEYLESS = ['image.import', 'registry.login', 'registry.logout'];
/** They bring images, or take a name back that was just given. */
const HEARD_ANYWHERE = ['app.undo', 'image.pull', 'image.load', 'image.import', 'image.build'];

describe('the table', () => {
  test('has each id once, and a title for all', () => {
    const ids = COMMANDS.map((each) => each.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const each of COMMANDS) {
      expect(each.title, each.id).not.toBe('');
      expect(each.id).toMatch(/^[a-z]+\.[a-z-]+$/);
    }
  });

  test('binds every command, and no key that terminals cannot tell apart', () => {
    for (const each of COMMANDS) {
      if (!KEYLESS.includes(each.id)) expect(each.keys.length, each.id).toBeGreaterThan(0);
      for (const key of each.keys) {
        expect(key, each.id).not.toMatch(/^(?:ctrl\+[mihj[]|ctrl\+space|f\d+|alt\+.*)$/i);
      }
    }
  });

  test('has no destructive ctrl-key, and what changes images is heard everywhere only where it takes nothing away', () => {
    for (const each of COMMANDS.filter((one) => one.changes === true)) {
      expect(
        each.keys.filter((key) => key.startsWith('ctrl+')),
        each.id,
      ).toEqual([]);
      if (each.scope === 'anywhere' || each.scope === 'always') expect(HEARD_ANYWHERE).toContain(each.id);
    }
  });

  test('answers to every key the design names', () => {
    const map = bindKeys(COMMANDS);
    const heard = new Set(
      ['always', 'anywhere', 'list', 'images', 'layers', 'jobs', 'page'].flatMap((scope) => [
        ...(map.get(scope as Command['scope'])?.keys() ?? []),
      ]),
    );
    const wanted =
      'j k up down g G ctrl+d ctrl+u pgdn pgup 1 2 3 4 tab shift+tab h l left right enter esc / n N : ? ! space v a A d x t p P b w o r L i s S R y z c E ctrl+z q ctrl+c';
    expect(wanted.split(' ').filter((key) => !heard.has(key))).toEqual([]);
  });
});

describe('binding', () => {
  test('throws when two commands of one scope share a key', () => {
    expect(() => bindKeys([command('a.one', ['d']), command('a.two', ['d'])])).toThrow(
      '"d" is bound to both a.one and a.two',
    );
  });

  test('throws when two scopes that are heard together share a key', () => {
    expect(() => bindKeys([command('a.one', ['d']), command('a.two', ['d'], 'anywhere')])).toThrow('"d"');
    expect(() => bindKeys([command('a.one', ['d'], 'plan'), command('a.two', ['d'], 'always')])).toThrow(
      '"d"',
    );
  });

  test('lets scopes that are never heard together share a key', () => {
    expect(() => bindKeys([command('a.one', ['d']), command('a.two', ['d'], 'plan')])).not.toThrow();
    expect(() => bindKeys([command('a.one', ['d']), command('a.two', ['d'], 'layers')])).not.toThrow();
  });

  test('puts a person’s own keys in place of the table’s', () => {
    const map = bindKeys(COMMANDS, { 'images.delete': ['M', 'delete'] });
    expect(map.get('images')?.get('M')?.id).toBe('images.delete');
    expect(map.get('images')?.get('delete')?.id).toBe('images.delete');
    expect(map.get('images')?.get('d')).toBeUndefined();
  });

  test('refuses a person’s own keys that clash, or that name nothing', () => {
    expect(() => bindKeys(COMMANDS, { 'images.delete': ['t'] })).toThrow('"t" is bound to both');
    expect(() => bindKeys(COMMANDS, { 'images.destroy': ['t'] })).toThrow(
      'there is no command "images.destroy"',
    );
  });
});

describe('own keys', () => {
  test('work, and the old ones do not', () => {
    const app = acmeApp(acmeState(SIZE), { 'app.quit': ['Q'] });
    app.press('q');
    expect(app.calls).toEqual([]);
    app.press('Q');
    expect(app.calls).toEqual(['quit']);
  });
});

describe('what cannot be done now', () => {
  test('is said, not done', () => {
    const app = acmeApp(acmeState(SIZE, { readOnly: true }));
    for (const key of ['d', 't', 'u', 'X', 'z']) {
      app.press(key);
      expect(app.store.get().overlay, key).toBeUndefined();
      expect(app.store.get().toast?.text, key).toContain('--read-only');
    }
  });

  test('has its own reason', () => {
    const app = acmeApp(acmeState(SIZE, { marks: new Set() }));
    const said = (key: string): string | undefined => {
      app.press(key);
      return app.store.get().toast?.text;
    };
    expect(said('!')).toContain('nothing has failed');
    expect(said('esc')).toContain('q quits');
  });
});
