import type { Context } from 'caves-connect/sdk';
import type { SinkConfig } from './config.ts';
import type { Link } from './link.ts';
import type { metrics } from './metrics.ts';
import type { Names } from './names.ts';
import { countStaging } from './statements.ts';

const refreshMs = 60_000;

/**
 * Counts the rows of the staging table now and then: as a gauge, and as a warning when there are some. The table is
 * somebody else's business: that it is missing or may not be read changes nothing, and the next look is a minute later.
 */
export function watchStaging(
  names: Names,
  ctx: Context<SinkConfig, typeof metrics>,
): { refresh(link: Link, signal: AbortSignal): Promise<void> } {
  let nextLook = 0;
  let lastRows = 0;
  return {
    async refresh(link, signal) {
      if (performance.now() < nextLook) return;
      nextLook = performance.now() + refreshMs;
      const rows = await countRows(link, names, signal);
      if (rows === undefined) return;
      ctx.metrics.snowflake_staging_rows.set(rows);
      if (rows > 0 && lastRows === 0) ctx.log.warn(`⚠️ ${warning(rows, names)}`);
      lastRows = rows;
    },
  };
}

async function countRows(link: Link, names: Names, signal: AbortSignal): Promise<number | undefined> {
  try {
    const { rows } = await link.run((session) => session.execute(countStaging(names), [], signal), signal);
    return Number(rows[0]?.[0]);
  } catch {
    return undefined;
  }
}

function warning(rows: number, names: Names): string {
  return (
    `The staging table ${names.shown.staging} has ${rows} ${rows === 1 ? 'row' : 'rows'} and should be empty. ` +
    `This sink does not use it. If nobody needs them: TRUNCATE TABLE ${names.shown.schema}.${names.shown.staging};`
  );
}
