/**
 * What `caves-connect start` says about itself once it runs: at most ten lines, each an address by name, and one
 * command to go on with.
 */
import { relative } from 'node:path';
import type { Health } from '../runtime/connect.ts';

export interface Summary {
  readonly version: string;
  readonly startedInMs: number;
  /** Host and port of the brokers. */
  readonly kafka: string;
  readonly embeddedKafka: boolean;
  /** Where the embedded warehouse is, when a connector uses it. */
  readonly embeddedWarehouse: string | undefined;
  /** What `caves-connect sql` needs to look at the rows, when they are in the embedded warehouse. */
  readonly sql: string | undefined;
  readonly dataDir: string;
  readonly connectors: readonly { readonly name: string; readonly state: string }[];
  readonly health: Health;
  readonly rest: string;
  readonly metrics: string;
}

/** The most connectors that are named one by one. */
const named = 6;

/** The lines of the summary. */
export function formatSummary(summary: Summary): readonly string[] {
  const { version, startedInMs, health, connectors } = summary;
  const lines = [
    `caves-connect ${version}  ${health.status === 'healthy' ? 'ready' : 'started'} in ${Math.round(startedInMs)} ms`,
  ];
  const add = (title: string, text: string) => lines.push(`  ${title.padEnd(10)} ${text}`);
  add('Kafka', `${summary.kafka}${summary.embeddedKafka ? '  embedded' : ''}`);
  if (summary.embeddedWarehouse) add('Snowflake', `${summary.embeddedWarehouse}  embedded`);
  if (summary.embeddedKafka || summary.embeddedWarehouse) {
    add('', `embedded: for development and tests only, data in ${relative('', summary.dataDir) || summary.dataDir}`);
  }
  const states = connectors.slice(0, named).map(({ name, state }) => `${name} ${state}`);
  const more = connectors.length > named ? [`and ${connectors.length - named} more`] : [];
  add('Connectors', [...states, ...more].join(', ') || 'none yet: POST one to /connectors');
  add('REST', summary.rest);
  add('Live page', `${summary.rest}/`);
  add('Metrics', summary.metrics);
  if (health.status !== 'healthy') add('Health', `${health.status}: ${health.message}`);
  const next = summary.sql ? `npx caves-connect sql ${summary.sql}` : `curl "${summary.rest}/connectors?expand=status"`;
  lines.push(`  ${'Next'.padEnd(10)} ${next}`);
  return lines;
}
