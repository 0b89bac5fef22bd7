/**
 * The rows of `facts/connect-rest.md` as data, section by section and in its order: requests, with what a client reads
 * of the answers of Apache Kafka Connect 4.3. What we answer otherwise stands in `differences.ts`.
 */

import { configureCases } from './cases/configure.ts';
import { createCases } from './cases/create.ts';
import { failureCases } from './cases/failure.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { loggerCases } from './cases/loggers.ts';
import { offsetCases } from './cases/offsets.ts';
import { pluginCases } from './cases/plugins.ts';
import { readCases } from './cases/read.ts';
import { brokerGoneCases, deleteCases, serverCases } from './cases/server.ts';
import { standaloneCases } from './cases/standalone.ts';
import { topicCases } from './cases/topics.ts';
import type { Plugins, Section } from './model.ts';

/** All sections, for a side with these plugins. */
export function sectionsFor(plugins: Plugins): readonly Section[] {
  return [
    { name: 'server', cases: serverCases },
    { name: 'plugins', cases: pluginCases(plugins) },
    { name: 'create', cases: createCases(plugins) },
    { name: 'read', cases: readCases(plugins) },
    { name: 'configure', cases: configureCases(plugins) },
    { name: 'lifecycle', cases: lifecycleCases(plugins) },
    { name: 'failure', cases: failureCases(plugins) },
    { name: 'topics', cases: topicCases(plugins) },
    { name: 'offsets', cases: offsetCases(plugins) },
    { name: 'loggers', cases: loggerCases(plugins) },
    { name: 'standalone', cases: standaloneCases(plugins) },
    { name: 'delete', cases: deleteCases },
    { name: 'broker gone', cases: brokerGoneCases(plugins), withoutKafka: true },
  ];
}
