/** Asking what to pull, and pulling again what is there. */
import { asEngineError } from '../engine/errors.ts';
import { parsePlatform, showPlatform } from '../engine/oci/platform.ts';
import { parseReference } from '../engine/reference.ts';
import type { App } from './app.ts';
import { chosenRows } from './chosen.ts';
import { suggestNames } from './completion.ts';
import { plural } from './format.ts';
import type { Note } from './overlay.ts';
import { openPrompt } from './prompting.ts';
import { createTagFinder } from './tag-completion.ts';
import { EMPTY_FIELD } from './text-field.ts';
import { startRequest } from './transfers.ts';

export function askPull(app: App): void {
  openPrompt(app, {
    title: 'Pull an image',
    verb: 'pull',
    fields: [
      {
        label: 'name',
        field: EMPTY_FIELD,
        example: 'alpine:3.22',
        suggest: (text) => suggestNames(app.store.get(), text),
        more: createTagFinder(app.insecureRegistries),
      },
      { label: 'platform', field: EMPTY_FIELD, example: `${ownPlatform(app)}, unless another is said` },
    ],
    note: ([name = '', platform = '']) => pullNote(name, platform),
    submit: ([name = '', platform = '']) => startRequest(app, wanted(name, platform)),
  });
}

function ownPlatform(app: App): string {
  const { connection } = app.store.get();
  return connection.status === 'connected' ? connection.info.platform : 'as the engine is';
}

function pullNote(name: string, platform: string): Note {
  if (name.trim() === '')
    return { tone: 'advice', text: 'for example  alpine:3.22  or  ghcr.io/team/app:1.2' };
  try {
    const { reference, platform: chosen } = wanted(name, platform);
    const full = parseReference(reference).full();
    return { tone: 'ok', text: `pulls ${full}${chosen === '' ? '' : ` for ${chosen}`}` };
  } catch (thrown) {
    const error = asEngineError(thrown);
    return { tone: 'wrong', text: `${error.message}. ${error.hint}` };
  }
}

/** Reads `app:1` and `linux/arm64`; also a whole `docker pull --platform linux/arm64 app:1`, as pages give it to copy. */
function wanted(typed: string, platform: string): { kind: 'pull'; reference: string; platform: string } {
  let name = typed.trim().replace(/^(?:docker|podman|nacre) (?:image )?pull +/, '');
  let chosen = platform.trim();
  const flag = /(?:^| )--platform[ =](\S+)/.exec(name);
  if (flag !== null) {
    chosen ||= flag[1]!;
    name = name.replace(flag[0], '').trim();
  }
  return {
    kind: 'pull',
    reference: parseReference(name).withDefaultTag().familiar(),
    platform: chosen === '' ? '' : showPlatform(parsePlatform(chosen)),
  };
}

/**
 * Pulls the names of the marked images again, or those of the current one: a tag can stand for something newer. Each
 * is a job of its own, for the platform that its image is of.
 */
export async function pullAgain(app: App): Promise<void> {
  const rows = chosenRows(app);
  const wanted = rows.map(({ image }) => ({
    id: image.id,
    // A digest never stands for anything else.
    names: image.references.filter((name) => !name.includes('@')),
  }));
  const names = wanted.flatMap((each) => each.names);
  const left = wanted.filter((each) => each.names.length === 0).length;
  if (names.length === 0) {
    app.say(
      'plain',
      rows.length === 1
        ? 'it has no tag that could be pulled again'
        : 'none of them has a tag that could be pulled again',
    );
    return;
  }
  app.say(
    'plain',
    [
      names.length === 1 ? `pulling ${names[0]} again` : `pulling ${plural(names.length, 'name')} again`,
      ...(left === 0 ? [] : [`${plural(left, 'image')} without a tag left out`]),
      ...(names.length === 1 ? [] : ['4 shows them']),
    ].join(' · '),
  );
  for (const { id, names: own } of wanted) {
    const platform = own.length === 0 ? '' : await foreignPlatform(app, id);
    for (const reference of own) startRequest(app, { kind: 'pull', reference, platform });
  }
}

/** The image's platform where it is not the engine's own, which is pulled unasked; `''` otherwise. */
async function foreignPlatform(app: App, id: string): Promise<string> {
  const engine = app.session.engine();
  const platform = (await engine?.inspect(id).catch(() => undefined))?.platform ?? '';
  const machine = (text: string): string => text.split('/').slice(0, 2).join('/');
  return platform === '' || machine(platform) === machine(engine?.info.platform ?? '') ? '' : platform;
}
