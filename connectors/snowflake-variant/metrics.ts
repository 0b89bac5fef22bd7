/** The metrics of the Snowflake sink: the names of the system that it replaces. */
import type { MetricDefinitions } from 'caves-connect/sdk';

export const metrics = {
  kafka_events_inserted_snowflake_total: {
    type: 'counter',
    help: 'Events that are in the table',
    labels: ['event_type'],
  },
  snowflake_insert_duration_seconds: {
    type: 'histogram',
    help: 'Time of the transaction that inserts a batch',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  kafka_snowflake_insert_rows: { type: 'gauge', help: 'Rows of the last insert' },
  snowflake_staging_rows: { type: 'gauge', help: 'Rows in the staging table, which should be empty' },
} as const satisfies MetricDefinitions;
