/** `CAVES_MODEL_RUNS` says how many runs; 100 by default. */

import fc from 'fast-check';
import { test } from 'vitest';
import { anyCommand, anyConfig } from './log-commands.ts';
import { emptyModel, Subject } from './log-model.ts';
import { VolatileStore } from './volatile-store.ts';

const numRuns = Number(process.env['CAVES_MODEL_RUNS'] ?? 100);

test(
  'a log behaves as a small model of it, through retention, compaction, kills and losses of power',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        anyConfig,
        fc.commands([anyCommand], { maxCommands: 60, size: '+1' }),
        async (config, commands) => {
          await fc.asyncModelRun(
            () => ({ model: emptyModel(), real: new Subject(new VolatileStore(), config) }),
            commands,
          );
        },
      ),
      { numRuns },
    );
  },
  60_000 + 50 * numRuns,
);
