import type { Broker } from '../broker.ts';
import { answering, errorCodes, KafkaError } from '../errors.ts';
import { checkProduced, noProducer } from '../log/batch.ts';
import { checkSize, checkTimes, withoutKey } from '../topics/limits.ts';
import { array, int16, int32, int64, nullable, records, since, string, struct, type Write } from '../wire/codec.ts';
import { MalformedRequestError } from '../wire/reader.ts';
import { type Api, api } from './api.ts';

const partitionResponse = struct({
  index: int32,
  errorCode: int16,
  baseOffset: int64,
  logAppendTimeMs: since(2, int64, -1),
  logStartOffset: since(5, int64, -1),
  recordErrors: since(8, array(struct({ batchIndex: int32, batchIndexErrorMessage: nullable(string) }))),
  errorMessage: since(8, nullable(string), null),
});

/**
 * Appends record batches (format 2 only). There is one replica, so acks 1 and -1 are the same: answered when written.
 *
 * The versions 0 to 2 are there because librdkafka looks for them when it decides whether a broker can take compressed
 * batches (KIP-896 left them in Apache Kafka's list for it); what such old clients send is answered INVALID_RECORD.
 * Topic ids (version 13) and implicit transactions (12) are left out.
 */
export const produce: Api = api({
  key: 0,
  name: 'Produce',
  versions: [0, 11],
  flexible: 9,
  request: struct({
    transactionalId: since(3, nullable(string), null),
    acks: int16,
    timeoutMs: int32,
    topicData: array(
      struct({ name: string, partitionData: array(struct({ index: int32, records: nullable(records) })) }),
    ),
  }),
  response: struct({
    responses: array(struct({ name: string, partitionResponses: array(partitionResponse) })),
    throttleTimeMs: since(1, int32),
  }),
  handle: (broker, { transactionalId, acks, topicData }) => {
    if (acks < -1 || acks > 1) throw new KafkaError('INVALID_REQUIRED_ACKS', `acks is -1, 0 or 1, not ${acks}`);
    const responses = topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index, records: batch }) =>
        answering(
          () => append(broker, name, index, batch, transactionalId),
          (errorCode, errorMessage) => ({ index, errorCode, baseOffset: -1, errorMessage }),
          broker.settings.log,
        ),
      ),
    }));
    if (acks !== 0) return { responses };
    for (const { name, partitionResponses } of responses) checkUnanswered(name, partitionResponses);
    return undefined;
  },
  refuse: ({ topicData }, errorCode) => ({
    responses: topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
    })),
  }),
});

function append(
  broker: Broker,
  topic: string,
  index: number,
  batch: Buffer | null,
  transactionalId: string | null,
): Write<typeof partitionResponse> {
  const log = broker.topics.partition(topic, index);
  if (batch === null || batch.length === 0) throw new KafkaError('INVALID_RECORD', 'There is no record batch');
  const { limits } = broker.topics.get(topic);
  checkSize(limits, topic, batch.length);
  const header = checkProduced(batch);
  checkTimes(limits, header, Date.now());
  const unkeyed = withoutKey(limits, header, batch);
  if (unkeyed.length > 0) return keysMissing(index, topic, unkeyed);
  if (header.transactional) {
    if (transactionalId === null) {
      throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'A transactional batch needs a transactional id');
    }
    if (header.producerId === noProducer) {
      throw new KafkaError('INVALID_RECORD', 'A transactional batch needs a producer id');
    }
    broker.transactions.checkProduce(transactionalId, header, { topic, partition: index });
  }
  const { baseOffset, appendTime } = log.append(header, batch);
  return {
    index,
    errorCode: errorCodes.NONE,
    baseOffset,
    logAppendTimeMs: appendTime,
    logStartOffset: log.startOffset,
  };
}

function keysMissing(index: number, topic: string, records: readonly number[]): Write<typeof partitionResponse> {
  const reason = `${topic} is compacted: each record needs a key`;
  return {
    index,
    errorCode: errorCodes.INVALID_RECORD,
    baseOffset: -1,
    errorMessage: `${reason}; ${records.length} have none`,
    recordErrors: records.map((batchIndex) => ({ batchIndex, batchIndexErrorMessage: reason })),
  };
}

/** With acks 0 there is no answer that could tell of an error: as with Kafka it costs the connection. */
function checkUnanswered(topic: string, partitions: ReadonlyArray<Write<typeof partitionResponse>>): void {
  const failed = partitions.find(({ errorCode }) => errorCode !== errorCodes.NONE);
  if (failed === undefined) return;
  throw new MalformedRequestError(
    `Produce with acks 0 to ${topic}-${failed.index} failed with error ${failed.errorCode}: ${failed.errorMessage}`,
  );
}
