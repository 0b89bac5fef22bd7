/** A sink in a process of its own that is killed at a step of its second batch, seen by the warehouse that it writes to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Hooks, Warehouse } from '../../src/embedded/snowflake/index.ts';

export type Mode = 'one.request' | 'four.requests';

export interface Step {
  /** When a request arrives at the warehouse, when one of its statements is to run, or when its answer is to go out. */
  readonly stage: 'arrived' | 'statement' | 'done';
  readonly sql: RegExp;
  /** What goes wrong at the warehouse with the batch in which the sink is killed. */
  readonly trouble?: (hooks: Hooks) => void;
}

/** How long the step may be in coming: then the sink ends as well, and the promise rejects. */
const patienceMs = 40_000;

export const sinkConfig = (warehouse: Warehouse, mode: Mode) => ({
  'snowflake.account': 'embedded',
  'snowflake.user': 'caves',
  'snowflake.password': 'caves',
  'snowflake.url': warehouse.url,
  'snowflake.warehouse': 'COMPUTE_WH',
  'snowflake.transaction.mode': mode,
});

/** Resolves when the sink is dead. Nothing that it says after the step arrives. */
export async function killSinkAt({ stage, sql, trouble }: Step, mode: Mode, warehouse: Warehouse): Promise<void> {
  const script = fileURLToPath(new URL('sink-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(sinkConfig(warehouse, mode))], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'exit');
  let begun = 0;
  let killed = false;
  const look = (at: Step['stage'], text: string): void => {
    if (at === 'arrived' && /^BEGIN/.test(text) && ++begun === 2) trouble?.(warehouse.hooks);
    if (begun < 2 || killed || at !== stage || !sql.test(text)) return;
    killed = child.kill('SIGKILL');
  };
  const stopWatching = warehouse.hooks.watch({
    arrived({ kind, sqlText }) {
      if (kind === 'query') look('arrived', sqlText);
      return killed ? { effect: 'cut-before' } : undefined;
    },
    statement: (text) => look('statement', text),
    done({ kind, sqlText }) {
      if (kind === 'query') look('done', sqlText);
    },
  });
  try {
    const [code] = await ended;
    if (!killed) throw new Error(`the sink ended (${code ?? 'killed'}) before ${stage} ${sql} had come`);
  } finally {
    stopWatching();
  }
}
