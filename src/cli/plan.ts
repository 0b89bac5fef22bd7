/** What `start` would do to the connectors of a cluster, as data and as lines for a terminal. */
import type { FlatConfig, LoadedFile } from '../runtime/config/model.ts';

export interface KeyChange {
  readonly key: string;
  /** undefined: it is added. */
  readonly before: string | undefined;
  /** undefined: it is removed. */
  readonly after: string | undefined;
}

export interface Step {
  readonly name: string;
  readonly action: 'create' | 'change' | 'delete' | 'keep' | 'leave';
  /** Of a change. */
  readonly changes: readonly KeyChange[];
}

/**
 * The steps from what the cluster has to what the file says, in the order of the file; then what is in the cluster
 * alone: deleted with `prune`, left alone without.
 */
export function planSteps(
  present: ReadonlyMap<string, FlatConfig>,
  wanted: LoadedFile['connectors'],
  { prune }: { readonly prune: boolean },
): readonly Step[] {
  const named = new Set(wanted.map(({ name }) => name));
  const steps = wanted.map(({ name, config }): Step => {
    const before = present.get(name);
    if (before === undefined) return { name, action: 'create', changes: [] };
    const changes = differences(before, { ...config, name });
    return { name, action: changes.length === 0 ? 'keep' : 'change', changes };
  });
  const others = [...present.keys()].filter((name) => !named.has(name)).sort();
  return [...steps, ...others.map((name): Step => ({ name, action: prune ? 'delete' : 'leave', changes: [] }))];
}

function differences(before: FlatConfig, after: FlatConfig): readonly KeyChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .map((key) => ({ key, before: before[key], after: after[key] }))
    .filter((change) => change.before !== change.after);
}

const words: Readonly<Record<Step['action'], readonly [sign: string, what: string]>> = {
  create: ['+', 'will be created'],
  change: ['~', 'will be changed, and its tasks started again'],
  delete: ['-', 'will be deleted; its offsets and what it has written stay'],
  keep: ['=', 'is as the file says'],
  leave: ['?', 'is not in the file and left alone (--prune deletes it)'],
};

/** A line for each connector, below it one for each key, and a sum. */
export function formatPlan(steps: readonly Step[]): readonly string[] {
  const count = (action: Step['action']) => steps.filter((step) => step.action === action).length;
  return [
    ...steps.flatMap(({ name, action, changes }) => {
      const [sign, what] = words[action];
      return [`${sign} ${name} ${what}`, ...changes.map((change) => `    ${formatChange(change)}`)];
    }),
    `${count('create')} to create, ${count('change')} to change, ${count('delete')} to delete, ` +
      `${count('keep') + count('leave')} unchanged`,
  ];
}

function formatChange({ key, before, after }: KeyChange): string {
  const name = printable(key);
  if (before === undefined) return `+ ${name}: ${shown(after)}`;
  return after === undefined ? `- ${name} (was ${shown(before)})` : `~ ${name}: ${shown(before)} → ${shown(after)}`;
}

/** Long values (schemas are kept as text) are cut: what differs is said by their key. */
const shown = (value = '') => printable(value.length > 80 ? `${value.slice(0, 77)}…` : value);

/** What a client of REST has written must not steer the terminal. */
const printable = (text: string) =>
  text.replaceAll(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
