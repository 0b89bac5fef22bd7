import { answering, errorCodes, KafkaError } from '../errors.ts';
import {
  array,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  until,
  uuid,
  type Write,
  zeroUuid,
} from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { once } from './once.ts';

const deletedTopic = struct({
  name: nullable(string, 6),
  topicId: since(6, uuid, zeroUuid),
  errorCode: int16,
  errorMessage: since(5, nullable(string), null),
});

/** Removes topics with their records and the offsets that groups have in them. */
export const deleteTopics: Api = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexible: 4,
  request: struct({
    topics: since(6, array(struct({ name: nullable(string), topicId: uuid }))),
    topicNames: until(5, array(string)),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: int32,
    responses: array(deletedTopic),
  }),
  handle: (broker, { topics, topicNames }) => ({
    throttleTimeMs: 0,
    responses: once(
      [...topics, ...topicNames.map((name) => ({ name, topicId: zeroUuid }))],
      ({ name, topicId }) => name ?? topicId,
    ).map(({ element: wanted, check }) =>
      answering<Write<typeof deletedTopic>>(
        () => {
          check();
          const { name, topicId } = wanted.name === null ? { name: null, topicId: wanted.topicId } : wanted;
          const topic = name === null ? broker.topics.findById(topicId) : broker.topics.get(name);
          if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID', `There is no topic with the id ${topicId}`);
          broker.deleteTopic(topic.name);
          return { name: topic.name, topicId: topic.id, errorCode: errorCodes.NONE, errorMessage: null };
        },
        (errorCode, errorMessage) => ({ ...wanted, errorCode, errorMessage: errorMessage }),
        broker.settings.log,
      ),
    ),
  }),
  refuse: ({ topics, topicNames }, errorCode) => ({
    throttleTimeMs: 0,
    responses: [...topics.map((one) => ({ ...one, errorCode })), ...topicNames.map((name) => ({ name, errorCode }))],
  }),
});
