import { hash } from 'node:crypto';

/** The namespace of this generator's event ids: a random UUID, chosen once. */
const namespace = Buffer.from('6f1c5a1e9d2b4e57a3c80b7d4e91f26a', 'hex');

/** Namespace, then room for the name: two numbers of at most 17 characters and a colon. */
const input = Buffer.alloc(namespace.length + 64);
namespace.copy(input);

/** The id of event `n`: a UUID of version 5 (RFC 9562) of the name `<seed>:<n>`. */
export function eventId(seed: number, n: number): string {
  const length = namespace.length + input.write(`${seed}:${n}`, namespace.length, 'latin1');
  const sha1 = hash('sha1', input.subarray(0, length), 'hex');
  const variant = variants[Number.parseInt(sha1.charAt(16), 16) & 3];
  return `${sha1.slice(0, 8)}-${sha1.slice(8, 12)}-5${sha1.slice(13, 16)}-${variant}${sha1.slice(17, 20)}-${sha1.slice(20, 32)}`;
}

/** The top two bits of this digit are the variant, `10`. */
const variants = ['8', '9', 'a', 'b'];
