/** What somebody may have meant who named an image that is not there: the tags that are. */
import type { Engine } from '../engine/engine.ts';
import { enumeration } from '../engine/enumeration.ts';
import { asEngineError, EngineError } from '../engine/errors.ts';
import { parseReference, repositoryOf } from '../engine/reference.ts';

const SHOWN = 3;

/** What asks the engine for an image; where there is none, the hint names tags of it that the engine has. */
export async function withTagsThere<Answer>(
  engine: Engine,
  name: string,
  signal: AbortSignal,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (thrown) {
    const error = asEngineError(thrown);
    const hint = error.code === 'not-found' ? await tagsHint(engine, name, signal) : undefined;
    if (hint === undefined) throw thrown;
    const { code, message, retryable, detail } = error;
    throw new EngineError({ code, message, hint, retryable, detail, cause: thrown });
  }
}

/** Undefined where there are none, or nobody can tell: what is said then is the first failure. */
async function tagsHint(engine: Engine, name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const wanted = parseReference(name);
    if (wanted.digest !== '') return undefined;
    // Podman finds short names under localhost, too.
    const repositories = [wanted.familiarName, `localhost/${wanted.familiarName}`];
    const tags = (await engine.list({ signal }))
      .flatMap(({ references }) => references)
      .filter((reference) => repositories.includes(repositoryOf(reference)))
      .sort();
    if (tags.length === 0) return undefined;
    const meant =
      wanted.tag === '' ? `Without a tag, ${name} means ${wanted.withDefaultTag().familiar()}. ` : '';
    return `${meant}There ${tags.length === 1 ? 'is' : 'are'} ${listed(tags)}.`;
  } catch {
    return undefined;
  }
}

function listed(tags: readonly string[]): string {
  if (tags.length > SHOWN) return `${tags.slice(0, SHOWN).join(', ')} and ${tags.length - SHOWN} more`;
  return enumeration(tags);
}
