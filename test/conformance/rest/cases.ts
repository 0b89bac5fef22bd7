/**
 * The cases of `facts/connect-rest.md` as data: requests in the order in which they are sent, with what a client reads of
 * the answers of Apache Kafka Connect 4.3. Left out are those that only plugins of Java have an equivalent of, and
 * those with the broker gone. What we answer otherwise stands in `differences.ts`.
 */

import { configureCases } from './cases/configure.ts';
import { connectorCases } from './cases/connectors.ts';
import { createCases } from './cases/create.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { deleteCases, loggerCases } from './cases/loggers.ts';
import { offsetCases } from './cases/offsets.ts';
import { pluginCases } from './cases/plugins.ts';
import { serverCases } from './cases/server.ts';
import type { Case, Plugins } from './model.ts';

/** All cases, for a side with these plugins. */
export function casesFor(plugins: Plugins): readonly Case[] {
  return [
    ...serverCases,
    ...pluginCases(plugins),
    ...createCases(plugins),
    ...connectorCases(plugins),
    ...configureCases(plugins),
    ...lifecycleCases(plugins),
    ...offsetCases(plugins),
    ...loggerCases(plugins),
    ...deleteCases,
  ];
}
