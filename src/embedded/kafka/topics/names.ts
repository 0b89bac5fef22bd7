/** The names that topics may have. */

import { KafkaError } from '../errors.ts';

/** @throws KafkaError INVALID_TOPIC_EXCEPTION */
export function checkTopicName(name: string): void {
  if (/^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..') return;
  throw new KafkaError(
    'INVALID_TOPIC_EXCEPTION',
    `Topic name "${name}" is invalid: 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-', and not '.' or '..'`,
  );
}

/**
 * Kafka's metrics write dots as underscores, so two names may not differ by those alone.
 *
 * @throws KafkaError INVALID_TOPIC_EXCEPTION
 */
export function checkCollision(name: string, others: Iterable<string>): void {
  const plain = name.replaceAll('.', '_');
  for (const other of others) {
    if (other === name || other.replaceAll('.', '_') !== plain) continue;
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${other}`);
  }
}
