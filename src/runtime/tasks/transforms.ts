/** The chain of a connector's transforms, applied to whole batches. A changed value loses its bytes. */
import type { SinkRecord, SourceRecord, TransformTask } from '../../sdk/index.ts';
import { asError, contextOf, type TaskDescription, type TaskHost } from './task.ts';

export interface TransformChain {
  /** One entry for each record, in order: the record, undefined when filtered out, or why it failed. */
  apply<R extends SourceRecord | SinkRecord>(records: readonly R[]): readonly (R | undefined | Error)[];
  close(): Promise<void>;
}

export async function openTransforms(
  description: TaskDescription,
  host: TaskHost,
  signal: AbortSignal,
): Promise<TransformChain> {
  const steps: { readonly alias: string; readonly task: TransformTask }[] = [];
  await using opened = new AsyncDisposableStack();
  for (const { alias, plugin, config } of description.connector.transforms) {
    const task = await plugin.open(contextOf(description, host, config, signal, plugin.metrics));
    steps.push({ alias, task });
    opened.defer(async () => task.close?.());
  }
  const kept = opened.move();
  return {
    apply(records) {
      let outcome: readonly ((typeof records)[number] | undefined | Error)[] = records;
      for (const step of steps) outcome = applyStep(step, outcome);
      return outcome;
    },
    close: () => kept.disposeAsync(),
  };
}

/** Entries that are no longer records (filtered, failed) pass through untouched. */
function applyStep<R extends SourceRecord | SinkRecord>(
  { alias, task }: { readonly alias: string; readonly task: TransformTask },
  entries: readonly (R | undefined | Error)[],
): readonly (R | undefined | Error)[] {
  const records = entries.filter((entry): entry is R => entry !== undefined && !(entry instanceof Error));
  let answers: readonly (R | undefined | Error)[];
  try {
    answers = task.apply(records);
  } catch (error) {
    // Who threw for one record threw for all of the slice: one by one shows which.
    answers = records.map((record) => {
      try {
        return task.apply([record])[0];
      } catch (own) {
        return new Error(`transforms.${alias}: ${asError(own).message}`, { cause: own });
      }
    });
    if (records.length === 0) throw error;
  }
  if (answers.length !== records.length) {
    throw new Error(`The transform ${alias} answered ${answers.length} entries for ${records.length} records.`);
  }
  let index = 0;
  return entries.map((entry) => {
    if (entry === undefined || entry instanceof Error) return entry;
    const answer = answers[index++];
    if (answer === undefined || answer instanceof Error) return answer;
    return 'bytes' in answer && answer.value !== entry.value ? { ...answer, bytes: undefined } : answer;
  });
}
