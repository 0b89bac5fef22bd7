/** Functions over text. */
import { compilationError } from '../errors.ts';
import { type Call, type FunctionRule, macroOf, renamed, wrongArguments } from './functions.ts';
import { asText, type Operand, other } from './operand.ts';

/** GREATEST, LEAST, CONCAT: NULL as soon as one argument is. */
export function nullIfAny(duckName: string, call: Call): Operand {
  const operands = call.operands().map(asText);
  const anyNull = operands.map((sql) => `${sql} IS NULL`).join(' OR ');
  return other(`CASE WHEN ${anyNull} THEN NULL ELSE ${duckName}(${operands.join(', ')}) END`);
}

export function textFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    UPPER: renamed('upper', asText),
    LOWER: renamed('lower', asText),
    INITCAP: macroOf('initcap', asText),
    LENGTH: renamed('length', asText),
    LEN: renamed('length', asText),
    TRIM: renamed('trim', asText),
    LTRIM: renamed('ltrim', asText),
    RTRIM: renamed('rtrim', asText),
    LPAD: macroOf('lpad', asText),
    RPAD: macroOf('rpad', asText),
    LEFT: macroOf('left', asText),
    RIGHT: macroOf('right', asText),
    SUBSTR: renamed('substring', asText),
    SUBSTRING: renamed('substring', asText),
    REPLACE: (call) => other(`replace(${[...call.operands().map(asText), "''"].slice(0, 3).join(', ')})`),
    CONCAT: (call) => nullIfAny('concat', call),
    CONCAT_WS: (call) => nullIfAny('concat_ws', call),
    CONTAINS: renamed('contains', asText),
    STARTSWITH: renamed('starts_with', asText),
    ENDSWITH: renamed('ends_with', asText),
    CHARINDEX: (call) => {
      const [needle, text, ...rest] = call.operands().map(asText);
      if (!needle || !text || rest.length > 0) throw wrongArguments(call);
      return other(`strpos(${text}, ${needle})`);
    },
    REVERSE: renamed('reverse', asText),
    REPEAT: renamed('repeat', asText),
    SPLIT_PART: macroOf('split_part', asText),
    REGEXP_LIKE: renamed('regexp_full_match', asText),
    RLIKE: renamed('regexp_full_match', asText),
    MD5: renamed('md5', asText),
    MD5_HEX: renamed('md5', asText),
    SHA2: (call) => {
      const [text, size] = call.operands();
      if (!text || (size && size.sql !== '256'))
        throw compilationError('unsupported', 'Only SHA2(text, 256) is supported.');
      return other(`sha256(${asText(text)})`);
    },
    UUID_STRING: () => other('CAST(uuid() AS VARCHAR)'),
  };
}
