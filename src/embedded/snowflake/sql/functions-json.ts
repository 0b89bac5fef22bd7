/** Functions over VARIANT, OBJECT and ARRAY. */
import { compilationError } from '../errors.ts';
import type { FunctionRule } from './functions.ts';
import { asText, macro, type Operand, other, path, variant } from './operand.ts';
import { isWord } from './tree.ts';

/** A JSON value of any operand: a VARIANT as it is, anything else converted. */
function asJson(operand: Operand): string {
  return operand.kind === 'variant' ? operand.sql : `to_json(${operand.sql})`;
}

const parseJson: FunctionRule = (call) => {
  const [text] = call.operands();
  if (!text) throw compilationError('invalidArguments', 'PARSE_JSON takes one argument.');
  // Text that is known to be text goes the short way: this is how a whole batch arrives.
  return variant(text.kind === 'string' ? macro('parse_text', text.sql) : macro('parse_json', text.sql));
};

const tryParseJson: FunctionRule = (call) =>
  variant(macro('try_parse_json', asText(call.operands()[0] ?? other('NULL'))));

const objectConstruct =
  (keepNull: boolean): FunctionRule =>
  (call) => {
    const operands = call.operands();
    if (operands[0]?.sql === '*')
      throw compilationError('unsupported', 'The embedded warehouse does not know OBJECT_CONSTRUCT(*).');
    if (operands.length % 2 === 1)
      throw compilationError('invalidArguments', `${call.name} takes keys and values in turn.`);
    const pairs: string[] = [];
    for (let at = 0; at < operands.length; at += 2) {
      const [key, value] = [operands[at] as Operand, operands[at + 1] as Operand];
      const json = keepNull ? `coalesce(${asJson(value)}, CAST('null' AS JSON))` : asJson(value);
      // concat_ws leaves out NULL, and so the pairs whose key or value is NULL.
      pairs.push(`CAST(to_json(${asText(key)}) AS VARCHAR) || ':' || CAST(${json} AS VARCHAR)`);
    }
    if (pairs.length === 0) return variant("CAST('{}' AS JSON)");
    return variant(`CAST('{' || concat_ws(',', ${pairs.join(', ')}) || '}' AS JSON)`);
  };

const arrayConstruct: FunctionRule = (call) => {
  const items = call.operands().map((operand) => `coalesce(${asJson(operand)}, CAST('null' AS JSON))`);
  return variant(items.length === 0 ? "CAST('[]' AS JSON)" : `to_json([${items.join(', ')}])`);
};

const arrayAgg: FunctionRule = (call) => {
  const [first = []] = call.nodes;
  const distinct = isWord(first[0], 'DISTINCT');
  const value = asJson(call.rewrite(distinct ? first.slice(1) : first));
  const order = call.within();
  const list = `list(${distinct ? 'DISTINCT ' : ''}${value}${order ? ` ${order}` : ''}) FILTER (${value} IS NOT NULL)`;
  return variant(`coalesce(to_json(${list}), CAST('[]' AS JSON))`);
};

const get: FunctionRule = (call) => {
  const [base, key] = call.operands();
  if (!base || !key) throw compilationError('invalidArguments', 'GET takes a value and a key.');
  return variant(
    key.kind === 'number' ? `(${base.sql} -> CAST(${key.sql} AS BIGINT))` : `(${base.sql} -> ${asText(key)})`,
  );
};

/** GET_PATH(v, 'a.b[0]'). */
const getPath: FunctionRule = (call) => {
  const base = call.operands()[0];
  const written = call.nodes[1]?.[0];
  if (!base || written?.kind !== 'string')
    throw compilationError('invalidArguments', 'GET_PATH takes a value and a literal path.');
  const steps = [...written.value.matchAll(/([\p{L}_][\p{L}\p{N}_$]*)|\["([^"]*)"\]|\['([^']*)'\]|\[(\d+)\]/gu)].map(
    (match) => (match[4] === undefined ? ((match[1] ?? match[2] ?? match[3]) as string) : Number(match[4])),
  );
  return path(base.sql, steps);
};

function isType(...types: readonly string[]): FunctionRule {
  const list = types.map((type) => `'${type}'`).join(', ');
  return (call) => other(`(json_type(${call.operands()[0]?.sql}) IN (${list}))`);
}

export function jsonFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    PARSE_JSON: parseJson,
    TRY_PARSE_JSON: tryParseJson,
    TO_JSON: (call) => other(`CAST(${call.operands()[0]?.sql} -> '$' AS VARCHAR)`),
    TO_VARIANT: (call) => variant(asJson(call.operands()[0] ?? other('NULL'))),
    TO_OBJECT: (call) => variant(macro('object', asJson(call.operands()[0] ?? other('NULL')))),
    TO_ARRAY: (call) => variant(macro('array', asJson(call.operands()[0] ?? other('NULL')))),
    OBJECT_CONSTRUCT: objectConstruct(false),
    OBJECT_CONSTRUCT_KEEP_NULL: objectConstruct(true),
    OBJECT_KEYS: (call) => variant(`to_json(json_keys(${call.operands()[0]?.sql}))`),
    ARRAY_CONSTRUCT: arrayConstruct,
    ARRAY_AGG: arrayAgg,
    ARRAY_SIZE: (call) => other(macro('array_size', call.operands()[0]?.sql ?? 'NULL')),
    ARRAY_CONTAINS: (call) => {
      const [item, array] = call.operands();
      if (!item || !array) throw compilationError('invalidArguments', 'ARRAY_CONTAINS takes a value and an array.');
      return other(`json_contains(${array.sql}, ${asJson(item)})`);
    },
    SPLIT: (call) => variant(`to_json(string_split(${call.operands().map(asText).join(', ')}))`),
    GET: get,
    GET_PATH: getPath,
    TYPEOF: (call) => other(macro('typeof', call.operands()[0]?.sql ?? 'NULL')),
    IS_NULL_VALUE: (call) => other(`(json_type(${call.operands()[0]?.sql}) = 'NULL')`),
    IS_ARRAY: isType('ARRAY'),
    IS_OBJECT: isType('OBJECT'),
    IS_VARCHAR: isType('VARCHAR'),
    IS_BOOLEAN: isType('BOOLEAN'),
    IS_INTEGER: isType('BIGINT', 'UBIGINT', 'HUGEINT'),
    STRIP_NULL_VALUE: (call) => variant(macro('strip_null', call.operands()[0]?.sql ?? 'NULL')),
  };
}
