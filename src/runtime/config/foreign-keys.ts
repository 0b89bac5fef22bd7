/**
 * Kafka Connect's keys that clients send and that change nothing here: accepted, with a word about why. A key whose
 * absence would change data (`predicates`, `transforms.x.predicate`) is not among them; it is an unknown key.
 */

/** What we always do: the value with which a key says just that, and so deserves no warning. */
const agreed: Readonly<Record<string, RegExp>> = {
  'key.converter': /(^|\.)StringConverter$/,
  'value.converter': /(^|\.)JsonConverter$/,
  'header.converter': /(^|\.)(Simple|String)(Header)?Converter$/,
  'value.converter.schemas.enable': /^false$/i,
  'key.converter.schemas.enable': /^false$/i,
  'exactly.once.support': /^(requested|required)$/i,
  'transaction.boundary': /^poll$/i,
  'tasks.max.enforce': /^true$/i,
  'config.action.reload': /^none$/i,
};

const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^key\.converter(\.|$)/, 'keys are always UTF-8 strings'],
  [/^value\.converter(\.|$)/, 'values are always JSON without an envelope'],
  [/^header\.converter(\.|$)/, 'headers are always UTF-8 strings'],
  [/^exactly\.once\.support$/, 'sources are always exactly-once'],
  [/^transaction\.boundary/, 'transactions are bounded by transaction.max.records, .bytes and .linger.ms'],
  [/^tasks\.max\.enforce$/, 'tasks.max is always enforced'],
  [/^config\.action\.reload$/, 'a connector restarts when its configuration changes'],
  [/^offsets\.storage\.topic$/, "offsets are always in the cluster's own topic"],
  [/^(producer|consumer|admin)\.override\./, "the runtime's Kafka clients are not configured per connector"],
  [/^topic\.creation\.groups$/, 'topics are created by topic.creation.default.* alone'],
  [/^(connector|key\.converter|value\.converter)\.plugin\.version$/, 'a plugin has the version that is installed'],
];

/** Why a key of Kafka Connect's has no meaning here; `''` when its value says what is done anyway, undefined for others. */
export function foreignKey(key: string, value: string): string | undefined {
  const reason = reasons.find(([pattern]) => pattern.test(key))?.[1];
  if (reason === undefined) return undefined;
  return agreed[key]?.test(value.trim()) === true ? '' : reason;
}
