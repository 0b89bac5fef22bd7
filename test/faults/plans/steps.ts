/** Which step of an event's way a request is. One request may be several: a whole transaction goes to the warehouse as one. */
import type { SeenRequest as KafkaRequest } from '../../../src/embedded/kafka/index.ts';
import type { SeenRequest as WarehouseRequest } from '../../../src/embedded/snowflake/index.ts';
import type { Step } from './catalogue.ts';

export interface Names {
  readonly topic: string;
  readonly deadLetters: string;
  /** The sink's consumer group. */
  readonly group: string;
}

export function stepOfKafka(request: KafkaRequest, { topic, deadLetters, group }: Names): Step | undefined {
  switch (request.api) {
    case 'Produce':
      if (request.names(deadLetters)) return 'dlq produce';
      return request.names(topic) ? 'produce' : undefined;
    case 'EndTxn':
      return 'end of transaction';
    case 'InitProducerId':
      return 'producer id';
    case 'JoinGroup':
      return request.names(group) ? 'join' : undefined;
    case 'Fetch':
      return request.names(topic) ? 'fetch' : undefined;
    case 'OffsetCommit':
    case 'TxnOffsetCommit':
      return request.names(group) ? 'offset commit' : undefined;
    default:
      return undefined;
  }
}

export function stepsOfWarehouse({ kind, sqlText }: Pick<WarehouseRequest, 'kind' | 'sqlText'>): readonly Step[] {
  if (kind === 'login') return ['login'];
  if (kind !== 'query') return [];
  if (/^BEGIN\b[^;]*;/.test(sqlText)) return ['update', 'insert', 'commit'];
  const step = stepOfStatement(sqlText);
  return step === undefined ? [] : [step];
}

export function stepOfStatement(sql: string): Step | undefined {
  if (/^UPDATE /.test(sql)) return 'update';
  if (/^INSERT INTO/.test(sql)) return 'insert';
  return sql === 'COMMIT' ? 'commit' : undefined;
}
