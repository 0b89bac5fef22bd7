import { test } from 'vitest';
import { peersFolder } from '../../helpers/apache-kafka.ts';
import { apache } from './subject.ts';
import { conformance } from './suite.ts';

const peers = peersFolder();
if (peers === undefined) {
  test.skip('Kafka, apache: needs CAVES_PEERS to name the folder of the scripts that start it', () => {});
} else {
  conformance(apache(peers));
}
