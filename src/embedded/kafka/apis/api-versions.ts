import { errorCodes, KafkaError } from '../errors.ts';
import { array, int16, int32, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/**
 * Tells which requests are served, in which versions (KIP-35, KIP-511). No features: transaction.version stays at the
 * protocol of Kafka 3, and groups at the classic protocol.
 */
export const apiVersions: Api = api({
  key: 18,
  name: 'ApiVersions',
  versions: [0, 4],
  flexible: 3,
  request: struct({
    clientSoftwareName: since(3, string),
    clientSoftwareVersion: since(3, string),
  }),
  response: struct({
    errorCode: int16,
    apiKeys: array(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
    throttleTimeMs: since(1, int32),
  }),
  handle: (broker, { clientSoftwareName, clientSoftwareVersion }, { version }) => {
    if (version >= 3 && !(isWord(clientSoftwareName) && isWord(clientSoftwareVersion))) {
      throw new KafkaError('INVALID_REQUEST', 'A client says its name and version: letters, digits, dots and dashes');
    }
    return { errorCode: errorCodes.NONE, apiKeys: broker.served };
  },
  refuse: (_request, errorCode) => ({ errorCode, apiKeys: [] }),
});

/** As KIP-511 wants it; it becomes part of the names of metrics. */
function isWord(text: string): boolean {
  return /^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(text);
}
