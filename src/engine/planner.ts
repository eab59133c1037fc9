/** Plans removals: what an engine will do when asked for a set of images or names, tried on a model first. */
import type { Blocker, Plan, PlanOptions, Target } from './plan.ts';
import { refusalBlocker } from './removal-blockers.ts';
import { RemovalDraft } from './removal-draft.ts';
import { removalRules } from './removal-rules.ts';
import { RemovalStore } from './removal-store.ts';
import { targetsFromReferences } from './removal-targets.ts';
import type { Stock } from './stock.ts';

/**
 * Plans the removal of whole images and of single names. An image that something blocks loses none of
 * its names; children go before the images they were built on.
 */
export function planRemoval(stock: Stock, targets: readonly Target[], options: PlanOptions = {}): Plan {
  const draft = new RemovalDraft(stock, merge(targets), options);
  draft.plan();
  return draft.finish(targets);
}

/**
 * Plans what `docker rmi REF...` does: a reference removes that name, an id the image, which must not
 * have several names unless forced. What does not exist becomes a blocker; the rest is planned.
 * Errors: `bad-input` for an ill-formed reference or an id prefix that several images share.
 */
export function planReferences(stock: Stock, refs: readonly string[], options: PlanOptions = {}): Plan {
  const { targets, byId, blockers } = targetsFromReferences(stock, refs);
  const store = new RemovalStore(stock);
  const several: Blocker[] = [];
  const allowed = targets.filter((target) => {
    if (options.force || !byId.has(target.id)) return true;
    const image = store.image(target.id);
    if (!image || !removalRules(stock.kind).hasSeveralNames(store.names(target.id))) return true;
    several.push(refusalBlocker(store, image, { refused: 'several-names', forceable: true }));
    return false;
  });
  const plan = planRemoval(stock, allowed, options);
  return { ...plan, targets, blockers: [...blockers, ...several, ...plan.blockers] };
}

/** One target an image: a whole image swallows its names. */
function merge(targets: readonly Target[]): Map<string, Target> {
  const merged = new Map<string, Target>();
  for (const target of targets) {
    const known = merged.get(target.id);
    if (!known) merged.set(target.id, target);
    else if (!known.references || !target.references) merged.set(target.id, { id: target.id });
    else {
      const references = [...new Set([...known.references, ...target.references])];
      merged.set(target.id, { id: target.id, references });
    }
  }
  return merged;
}
