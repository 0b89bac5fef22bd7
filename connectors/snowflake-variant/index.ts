/**
 * A sink into a Snowflake table that keeps events as they are: type, product and customer as columns, metadata as OBJECT,
 * content as VARIANT, and the time of ingestion.
 *
 * It promises: each record is in the table exactly once, because its row and the position of its partition are committed
 * in one transaction, and because a task that has been replaced can no longer move that position.
 * It leaves out: other table shapes, schema evolution, Snowpipe Streaming.
 */
import { defineSink } from 'caves-connect/sdk';
import { checkConfig, config } from './config.ts';
import { loadDriver } from './driver.ts';
import { metrics } from './metrics.ts';
import { openTask } from './task.ts';

export default defineSink({
  name: 'snowflake-variant',
  version: '1.0.0',
  summary: 'Writes JSON events to a Snowflake table with VARIANT columns, each exactly once',
  config,
  metrics,
  check: checkConfig,
  endpoint: (config) => `${config['snowflake.database']}.${config['snowflake.schema']}.${config['snowflake.table']}`,
  preload: loadDriver,
  open: openTask,
});
